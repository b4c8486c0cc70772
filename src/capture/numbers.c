/* See numbers.h. Heaps have millions of numbers, most of them short: those take neither printf nor scanf. */
#include "capture/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t rg__write_int(char *out, int64_t value)
{
    char digits[24];
    size_t i = sizeof digits;
    uint64_t rest = value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
    do {
        digits[--i] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--i] = '-';
    memcpy(out, digits + i, sizeof digits - i);
    return sizeof digits - i;
}

/* The least power of ten above a number from 1e-4 to 1e15, as an exponent. */
static int magnitude(double value)
{
    static const double powers[] = {1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5, 1e6,
                                    1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int i = 0;
    while (value >= powers[i])
        i++;
    return i - 3;
}

/* A number that 15 digits tell: an integer m and a power of ten, both exact as doubles, whose quotient is the number.
 * Division rounds as reading does, so m reads back as the number; no other 15 digits do. 0: it is not one. */
static size_t write_short(char *out, double value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    const double positive = fabs(value);
    if (!(positive >= 1e-4 && positive < 1e15))
        return 0;
    int places = 15 - magnitude(positive);
    uint64_t m = (uint64_t)(positive * powers[places] + 0.5);
    if ((double)m / powers[places] != positive)
        return 0;
    for (; places > 1 && m % 10 == 0; places--)
        m /= 10;
    if (places == 0) { /* an integer of 15 digits: "….0" */
        m *= 10;
        places = 1;
    }
    char digits[24];
    size_t i = sizeof digits;
    for (int k = 0; k < places; k++, m /= 10)
        digits[--i] = (char)('0' + m % 10);
    digits[--i] = '.';
    do
        digits[--i] = (char)('0' + m % 10);
    while (m /= 10);
    if (value < 0)
        digits[--i] = '-';
    memcpy(out, digits + i, sizeof digits - i);
    return sizeof digits - i;
}

size_t rg__write_float(char *out, double value)
{
    char text[RG__NUMBER_SIZE];
    const size_t written = write_short(out, value);
    if (written)
        return written;
    for (int digits = 15; digits <= 17; digits++) {
        double back = 0;
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (sscanf(text, "%lf", &back) == 1 && back == value)
            break;
    }
    size_t size = 0;
    bool is_float = false;
    for (; text[size]; size++) {
        out[size] =
            text[size] == ',' ? '.' : text[size]; /* another locale may have made it a comma */
        is_float |= out[size] == '.' || out[size] == 'e';
    }
    if (!is_float) {
        out[size++] = '.';
        out[size++] = '0';
    }
    return size;
}
