"""What the library of SBML makes of formulas."""

from sbml_text import document, element, listed, math, parameter


def both(infix):
    """The formula as the older and as the newer parser of infix read it."""
    import libsbml

    return libsbml.parseFormula(infix), libsbml.parseL3Formula(infix)


def worth(tree, x=3.0):
    import libsbml

    model = libsbml.readSBMLFromString(document(listed("Parameters", parameter("x", x))))
    return libsbml.SBMLTransforms.evaluateASTNode(tree, model.getModel())


def row_libsbml_two_logs():
    import libsbml

    old, new = both("log(100)")
    assert old.getType() == libsbml.AST_FUNCTION_LN
    assert new.getType() == libsbml.AST_FUNCTION_LOG
    return f"{libsbml.formulaToL3String(old)}; {libsbml.formulaToL3String(new)}"


def row_libsbml_sign_and_power():
    old, new = (worth(tree) for tree in both("-x^2"))
    assert (old, new) == (9.0, -9.0)
    return f"x = 3: {old}, {new}"


def row_libsbml_tower():
    old, new = (worth(tree) for tree in both("2^3^2"))
    assert (old, new) == (64.0, 512.0)
    return f"{old}, {new}"


def row_libsbml_infix_back():
    import libsbml

    tree = libsbml.parseL3Formula("(2^3)^2")
    text = libsbml.formulaToL3String(tree)
    seen = worth(tree), text, worth(libsbml.parseL3Formula(text))
    assert seen == (64.0, "2^3^2", 512.0), seen
    return f"{seen}"


def row_libsbml_evaluator():
    import libsbml

    wanted = {"log(2, 8)": 0.9031, "quotient(-7, 2)": -4, "rem(-7, 2)": 1, "xor(true, true, true)": 0}
    seen = {text: round(worth(libsbml.parseL3Formula(text)), 4) for text in wanted}
    assert seen == wanted, seen
    given = element("initialAssignment", math("log(2, 8)"), symbol="y")
    text = document(listed("Parameters", parameter("y")) + listed("InitialAssignments", given))
    read = libsbml.readSBMLFromString(text)
    asked = libsbml.ConversionProperties()
    asked.addOption("expandInitialAssignments", True)
    assert read.convert(asked) == libsbml.LIBSBML_OPERATION_SUCCESS
    written = read.getModel().getParameter("y").getValue()
    assert round(written, 4) == 0.9031
    return f"{seen}; log(2, 8) written as {written}"
