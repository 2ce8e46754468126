"""The quantiles of the standard normal distribution: M. J. Wichura's algorithm AS 241, to about one part in 10^16.

M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988),
477-484. Three quotients of polynomials, each with its own region and variable; the numbers are the paper's PPND16.
"""

import numpy as np

from .units import Seconds

Quotient = tuple[tuple[float, ...], tuple[float, ...]]  # the coefficients above and below the line, constant first

CENTRE: Quotient = (  # of 0.180625 - (u - 0.5)^2, where |u - 0.5| <= 0.425
    (
        *(3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4),
        *(4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    ),
    (
        *(1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3),
        *(2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
    ),
)
TAIL: Quotient = (  # of r - 1.6, where r = sqrt(-log(min(u, 1 - u))) <= 5
    (
        *(1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0),
        *(1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    ),
    (
        *(1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1),
        *(1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
    ),
)
FAR_TAIL: Quotient = (  # of r - 5, beyond: probabilities below 1.4e-11
    (
        *(6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1),
        *(2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    ),
    (
        *(1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2),
        *(7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
    ),
)


def normal_quantile(u: Seconds) -> Seconds:
    """The value that a standard normal variable falls below with probability `u`, for a column on [0, 1)."""
    from_middle = u - 0.5
    values = from_middle * _quotient(CENTRE, 0.180625 - from_middle * from_middle)
    outside = np.flatnonzero(np.abs(from_middle) > 0.425)
    values[outside] = np.copysign(_tail(u[outside]), from_middle[outside])
    return values


def _tail(u: Seconds) -> Seconds:
    """How far out in its tail each `u` lies."""
    with np.errstate(divide="ignore"):
        r = np.sqrt(-np.log(np.minimum(u, 1 - u)))
    values = _quotient(TAIL, np.minimum(r, 5) - 1.6)
    far = (r > 5) & (u > 0)
    if far.any():
        values[far] = _quotient(FAR_TAIL, r[far] - 5)
    values[u == 0] = np.inf
    return values


def _quotient(quotient: Quotient, x: Seconds) -> Seconds:
    above, below = (_polynomial(coefficients, x) for coefficients in quotient)
    above /= below
    return above


def _polynomial(coefficients: tuple[float, ...], x: Seconds) -> Seconds:
    """Its value at each `x`, by Horner's scheme and in one column."""
    values = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        values *= x
        values += coefficient
    return values
