/* Introsort (Musser 1997): quicksort on the median of three, which turns to heapsort where a part is halved too
 * slowly, and insertion sort for short parts. Of two parts the longer one waits, so that 64 places are enough. */
#include "base/sort.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST_ITEM = 64, SHORT_PART = 16, PLACES = 64 };

typedef struct array {
    char *items;
    size_t size; /* bytes of an item */
    int (*compare)(const void *, const void *);
} array;

typedef struct part {
    size_t begin, end;
    int patience; /* how many more times it may be divided */
} part;

static char *at(const array *a, size_t i)
{
    return a->items + i * a->size;
}

static bool is_less(const array *a, size_t i, size_t k)
{
    return a->compare(at(a, i), at(a, k)) < 0;
}

static void swap(const array *a, size_t i, size_t k)
{
    char held[LONGEST_ITEM];
    if (i == k)
        return;
    memcpy(held, at(a, i), a->size);
    memcpy(at(a, i), at(a, k), a->size);
    memcpy(at(a, k), held, a->size);
}

static void insertion_sort(const array *a, part p)
{
    char held[LONGEST_ITEM];
    for (size_t i = p.begin + 1; i < p.end; i++) {
        size_t k = i;
        memcpy(held, at(a, i), a->size);
        for (; k > p.begin && a->compare(held, at(a, k - 1)) < 0; k--)
            memcpy(at(a, k), at(a, k - 1), a->size);
        memcpy(at(a, k), held, a->size);
    }
}

/* Let the item at `i` of a heap of `count` items from `begin` on sink to its place. */
static void sink(const array *a, size_t begin, size_t i, size_t count)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= count)
            return;
        if (child + 1 < count && is_less(a, begin + child, begin + child + 1))
            child++;
        if (!is_less(a, begin + i, begin + child))
            return;
        swap(a, begin + i, begin + child);
        i = child;
    }
}

static void heap_sort(const array *a, part p)
{
    const size_t count = p.end - p.begin;
    for (size_t i = count / 2; i-- > 0;)
        sink(a, p.begin, i, count);
    for (size_t rest = count; rest-- > 1;) {
        swap(a, p.begin, p.begin + rest);
        sink(a, p.begin, 0, rest);
    }
}

/* Three items in order: the one in the middle is the pivot, the others end the searches. */
static void order_three(const array *a, size_t low, size_t middle, size_t high)
{
    if (is_less(a, middle, low))
        swap(a, middle, low);
    if (is_less(a, high, middle)) {
        swap(a, high, middle);
        if (is_less(a, middle, low))
            swap(a, middle, low);
    }
}

/* Divide a part of more than three items: [begin, *left) ≤ pivot ≤ [*right, end). */
static void divide(const array *a, part p, size_t *left, size_t *right)
{
    char pivot[LONGEST_ITEM];
    size_t i = p.begin;
    size_t k = p.end - 1;
    const size_t middle = p.begin + (p.end - p.begin) / 2;
    order_three(a, i, middle, k);
    memcpy(pivot, at(a, middle), a->size);
    while (i <= k) { /* the ends are in their places: k never passes begin */
        while (a->compare(at(a, i), pivot) < 0)
            i++;
        while (a->compare(pivot, at(a, k)) < 0)
            k--;
        if (i > k)
            break;
        swap(a, i++, k--);
    }
    *left = k + 1;
    *right = i;
}

void rg__sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    const array a = {items, size, compare};
    part waiting[PLACES];
    size_t waiting_count = 0;
    part p = {0, count, 0};
    assert(size <= LONGEST_ITEM);
    for (size_t n = count; n; n /= 2)
        p.patience += 2;
    for (;;) {
        if (p.end - p.begin <= SHORT_PART || p.patience == 0) {
            if (p.end - p.begin <= SHORT_PART)
                insertion_sort(&a, p);
            else
                heap_sort(&a, p);
            if (!waiting_count)
                return;
            p = waiting[--waiting_count];
            continue;
        }
        size_t left = 0;
        size_t right = 0;
        divide(&a, p, &left, &right);
        const part low = {p.begin, left, p.patience - 1};
        const part high = {right, p.end, p.patience - 1};
        const bool is_low_longer = left - p.begin > p.end - right;
        waiting[waiting_count++] = is_low_longer ? low : high;
        p = is_low_longer ? high : low;
    }
}
