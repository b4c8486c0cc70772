/* Numbers as Python writes them. */
#ifndef RG_CAPTURE_NUMBERS_H
#define RG_CAPTURE_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

enum { RG__NUMBER_SIZE = 40 /* bytes that a number takes at most */ };

/* Write a number, without an end; returns how many bytes. Neither reads Python memory. */
size_t rg__write_int(char *out, int64_t value);
/* A finite double as the shortest of 15, 16 or 17 digits that reads back as the same double. Rounding is to nearest. */
size_t rg__write_float(char *out, double value);

#endif
