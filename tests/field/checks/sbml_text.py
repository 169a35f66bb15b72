"""Small SBML documents as text, for the checks of tools that read SBML."""

import re

CORE = {
    (3, 2): "http://www.sbml.org/sbml/level3/version2/core",
    (3, 1): "http://www.sbml.org/sbml/level3/version1/core",
    (2, 4): "http://www.sbml.org/sbml/level2/version4",
}


def document(body, level=3, version=2, **attributes):
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    head = f'<sbml xmlns="{CORE[level, version]}" level="{level}" version="{version}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<model id="m"{said}>{body}</model></sbml>'


def listed(kind, *items):
    return f"<listOf{kind}>{''.join(items)}</listOf{kind}>"


def element(tag, inside="", **attributes):
    said = "".join(f' {n}="{_text(v)}"' for n, v in attributes.items() if v is not None)
    return f"<{tag}{said}>{inside}</{tag}>"


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def compartment(id="c", size=1.0, constant=True):
    return element("compartment", id=id, spatialDimensions=3, size=size, constant=constant)


def species(id, home="c", **given):
    flags = {"hasOnlySubstanceUnits": False, "boundaryCondition": False, "constant": False}
    return element("species", id=id, compartment=home, **{**flags, **given})


def parameter(id, value=None, constant=True):
    return element("parameter", id=id, value=value, constant=constant)


def side(kind, *names, stoichiometry=1):
    refs = [element("speciesReference", species=n, stoichiometry=stoichiometry, constant=True) for n in names]
    return listed(kind, *refs) if refs else ""


def reaction(id, reactants, products, rate, **more):
    ends = side("Reactants", *reactants.split()) + side("Products", *products.split())
    return element("reaction", ends + element("kineticLaw", math(rate)), id=id, reversible=False, **more)


def math(infix):
    import libsbml

    tree = libsbml.parseL3Formula(infix)
    assert tree is not None, libsbml.getLastParseL3Error()
    return re.sub(r"<\?xml[^>]*\?>", "", libsbml.writeMathMLToString(tree)).strip()
