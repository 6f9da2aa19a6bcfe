"""stub"""

from lacmodel.fitting.area_of_return import ReturnArea


def shareable(made: ReturnArea) -> ReturnArea:
    return made
