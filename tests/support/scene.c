/* See scene.h. */
#include "scene.h"

#include <stdio.h>

#include "samples.h"
#include "test.h"
#include "zoo.h"

rg_status scene_find(rg_growth *out, const scene *s, const rg_allocator *allocator)
{
    return rg_growth_find(out, s->before, &s->then, s->after, &s->now, allocator);
}

scene scene_of(rg_graph *before, rg_graph *after)
{
    scene s = {.before = before, .after = after};
    s.then = sample_distances(before, RG_STRENGTH_INFRASTRUCTURE);
    s.now = sample_distances(after, RG_STRENGTH_INFRASTRUCTURE);
    assert_int_equal(scene_find(&s.growth, &s, NULL), RG_OK);
    return s;
}

void scene_free(scene *s)
{
    rg_growth_dispose(&s->growth);
    rg_growth_dispose(&s->growth);
    rg_distances_dispose(&s->then);
    rg_distances_dispose(&s->now);
    rg_graph_free(s->before);
    rg_graph_free(s->after);
}

static rg_graph *graph_of(const char *words)
{
    zoo z = zoo_new(NULL);
    uint32_t ids[128];
    char word[64];
    int used = 0;
    memset(ids, 0xFF, sizeof ids);
    for (const char *next = words; sscanf(next, "%63s%n", word, &used) == 1; next += used) {
        char *arrow = strchr(word, '>');
        if (word[0] == '!') {
            drawing_root(&z.d, RG_ROOT_MODULE, ids[(unsigned char)word[1]], "app");
        } else if (arrow) {
            *arrow = '\0';
            drawing_own(&z.d, ids[(unsigned char)word[0]], ids[(unsigned char)arrow[1]], word + 1);
        } else {
            const char kinds[] = "mdlso";
            const uint32_t types[] = {z.module, z.dict, z.list, z.instance, z.odd};
            const char *size = strchr(word, '*');
            const rg_node node = {.address = (unsigned char)word[0],
                                  .type = types[strchr(kinds, word[2]) - kinds],
                                  .size = size ? strtoul(size + 1, NULL, 10) : 10,
                                  .text = RG_NONE,
                                  .generation = RG_GENERATION_NONE};
            assert_int_equal(rg_builder_add_node(z.d.builder, &ids[(unsigned char)word[0]], &node),
                             RG_OK);
        }
    }
    return sample_drawn(&z.d);
}

scene scene_of_words(const char *before, const char *after)
{
    return scene_of(graph_of(before), graph_of(after));
}

void scene_assert_point(const scene *s, size_t i, const char *expected)
{
    const rg_growth_point *p = &s->growth.points[i];
    char text[300];
    assert_true(i < s->growth.point_count);
    snprintf(text, sizeof text, "%.*s +%d -%d, +%d -%d, %d", (int)p->text.size, p->text.data,
             (int)p->gained, (int)p->lost, (int)p->born, (int)p->died, (int)p->resized);
    assert_string_equal(text, expected);
}
