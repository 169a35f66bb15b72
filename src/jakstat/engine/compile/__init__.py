"""A network becomes native code: equations, derivatives, factorisation, the step loop."""
