/* Pictures as files: whole or not at all, an old file intact until then, nothing left beside it. */
#define _GNU_SOURCE
#include "pictures.h"
#include "samples.h"
#include "test.h"

#include <refgraph/render.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct place {
    char folder[64], path[96];
    rg_graph *graph;
    rg_subgraph all;
} place;

static int open_place(void **state)
{
    static place p;
    (void)snprintf(p.folder, sizeof p.folder, "/tmp/refgraph-test-XXXXXX");
    if (!mkdtemp(p.folder))
        return 1;
    (void)snprintf(p.path, sizeof p.path, "%s/picture.svg", p.folder);
    p.graph = sample_chain(5);
    *state = &p;
    return pictures_select_all(&p.all, p.graph, NULL) != RG_OK;
}

static int close_place(void **state)
{
    place *p = *state;
    rg_subgraph_dispose(&p->all);
    rg_graph_free(p->graph);
    (void)chmod(p->folder, 0700);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", p->folder);
    return system(command);
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    while (readdir(d))
        count++;
    (void)closedir(d);
    return count - 2; /* itself and the one above */
}

static rg_buffer content_of(const char *path)
{
    rg_buffer out = rg_buffer_empty(NULL);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char chunk[4096];
    for (size_t got = fread(chunk, 1, sizeof chunk, file); got;
         got = fread(chunk, 1, sizeof chunk, file))
        assert_int_equal(rg_buffer_add(&out, chunk, got), RG_OK);
    (void)fclose(file);
    return out;
}

static void write_old(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("old", file);
    assert_int_equal(fclose(file), 0);
}

static void assert_old(const char *path)
{
    rg_buffer now = content_of(path);
    assert_string_equal(now.data, "old");
    rg_buffer_dispose(&now);
}

static rg_status draw(const place *p, const char *path, rg_error *error)
{
    return rg_render_path(path, p->graph, &p->all, NULL, error);
}

/* ---- */

static void every_format_is_written_to_a_file(void **state)
{
    const place *p = *state;
    static const struct {
        const char *suffix;
        rg_format format;
    } formats[] = {{"svg", RG_FORMAT_SVG}, {"png", RG_FORMAT_PNG}, {"dot", RG_FORMAT_DOT}};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/a.%s", p->folder, formats[i].suffix);
        assert_int_equal(draw(p, path, NULL), RG_OK);
        rg_buffer file = content_of(path);
        rg_buffer memory = rg_buffer_empty(NULL);
        assert_int_equal(rg_render(&memory, p->graph, &p->all, formats[i].format, NULL, NULL),
                         RG_OK);
        assert_int_equal(file.size, memory.size);
        assert_memory_equal(file.data, memory.data, file.size);
        rg_buffer_dispose(&file);
        rg_buffer_dispose(&memory);
    }
    char path[128];
    (void)snprintf(path, sizeof path, "%s/a.pdf", p->folder);
    assert_int_equal(draw(p, path, NULL), RG_OK);
    rg_buffer file = content_of(path);
    assert_memory_equal(file.data, "%PDF-", 5);
    rg_buffer_dispose(&file);
    assert_int_equal(files_in(p->folder), 4);
}

static void an_old_file_is_replaced_by_a_new_one(void **state)
{
    const place *p = *state;
    write_old(p->path);
    assert_int_equal(chmod(p->path, 0640), 0);
    const int reader = open(p->path, O_RDONLY); /* whoever reads the old one reads it to its end */
    struct stat before;
    struct stat after;
    assert_int_equal(stat(p->path, &before), 0);
    assert_int_equal(draw(p, p->path, NULL), RG_OK);
    char old[8] = "";
    assert_int_equal(read(reader, old, sizeof old), 3);
    assert_string_equal(old, "old");
    (void)close(reader);
    assert_int_equal(stat(p->path, &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mode & 0777, 0640);
    assert_int_equal(files_in(p->folder), 1);
    rg_buffer now = content_of(p->path);
    svg picture = {0};
    assert_true(svg_open(&picture, &now));
    svg_close(&picture);
    rg_buffer_dispose(&now);
}

static void a_new_file_has_the_mode_that_the_umask_leaves(void **state)
{
    const place *p = *state;
    static const mode_t masks[] = {022, 077, 002, 0};
    for (size_t i = 0; i < COUNT_OF(masks); i++) {
        const mode_t before = umask(masks[i]);
        const rg_status status = draw(p, p->path, NULL);
        assert_int_equal(umask(before), masks[i]);
        assert_int_equal(status, RG_OK);
        struct stat file;
        assert_int_equal(stat(p->path, &file), 0);
        assert_int_equal(file.st_mode & 0777, 0666 & ~masks[i]);
        assert_int_equal(unlink(p->path), 0);
    }
}

static void assert_refused(const place *p, const char *path, rg_status status, const char *words)
{
    rg_error error = {""};
    const size_t files = files_in(p->folder);
    assert_int_equal(draw(p, path, &error), status);
    assert_non_null(strstr(error.text, words));
    if (status == RG_ERR_IO)
        assert_non_null(strstr(error.text, path));
    assert_int_equal(files_in(p->folder), files);
}

static void an_unknown_suffix_is_refused_before_any_file(void **state)
{
    const place *p = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/a.gif", p->folder);
    assert_refused(p, path, RG_ERR_ARGUMENT, "'.gif'");
    (void)snprintf(path, sizeof path, "%s/a", p->folder);
    assert_refused(p, path, RG_ERR_ARGUMENT, path);
}

static void a_missing_folder_is_named(void **state)
{
    const place *p = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/none/a.svg", p->folder);
    assert_refused(p, path, RG_ERR_IO, "No such file or directory");
}

static void a_folder_is_no_picture(void **state)
{
    const place *p = *state;
    assert_int_equal(mkdir(p->path, 0700), 0);
    assert_refused(p, p->path, RG_ERR_IO, "Is a directory");
}

static void a_folder_that_may_not_be_written_is_named(void **state)
{
    const place *p = *state;
    if (geteuid() == 0) { /* for root, the one folder that nobody writes */
        assert_refused(p, "/proc/refgraph.svg", RG_ERR_IO, "cannot write");
        return;
    }
    write_old(p->path);
    assert_int_equal(chmod(p->folder, 0500), 0);
    assert_refused(p, p->path, RG_ERR_IO, "Permission denied");
    assert_old(p->path);
}

static void a_picture_that_cannot_be_drawn_leaves_the_old_file(void **state)
{
    const place *p = *state;
    write_old(p->path);
    rg_subgraph none = {0};
    assert_int_equal(rg_render_path(p->path, p->graph, &none, NULL, NULL), RG_ERR_ARGUMENT);
    const rg_render_options hurried = {.deadline = 1e-9};
    assert_int_equal(rg_render_path(p->path, p->graph, &p->all, &hurried, NULL), RG_ERR_TIMEOUT);
    assert_old(p->path);
    assert_int_equal(files_in(p->folder), 1);
}

static void assert_is_link_to(const char *path, const char *target)
{
    char text[128] = "";
    assert_true(readlink(path, text, sizeof text - 1) > 0);
    assert_string_equal(text, target);
}

static void a_link_stays_and_its_target_becomes_the_picture(void **state)
{
    const place *p = *state;
    char folder[96];
    char target[128];
    char first[128];
    (void)snprintf(folder, sizeof folder, "%s/real", p->folder);
    (void)snprintf(target, sizeof target, "%s/old.svg", folder);
    (void)snprintf(first, sizeof first, "%s/first.svg", p->folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_old(target);
    assert_int_equal(chmod(target, 0604), 0);
    assert_int_equal(symlink("real/old.svg", first), 0);
    assert_int_equal(symlink(first, p->path), 0); /* absolute, to a relative one */
    assert_int_equal(draw(p, p->path, NULL), RG_OK);
    assert_is_link_to(p->path, first);
    assert_is_link_to(first, "real/old.svg");
    struct stat file;
    assert_int_equal(lstat(target, &file), 0);
    assert_true(S_ISREG(file.st_mode));
    assert_int_equal(file.st_mode & 0777, 0604);
    rg_buffer now = content_of(target);
    svg picture = {0};
    assert_true(svg_open(&picture, &now));
    svg_close(&picture);
    rg_buffer_dispose(&now);
    assert_int_equal(files_in(p->folder), 3);
    assert_int_equal(files_in(folder), 1);
}

static void a_link_to_no_file_yet_makes_it(void **state)
{
    const place *p = *state;
    char target[128];
    (void)snprintf(target, sizeof target, "%s/new.svg", p->folder);
    assert_int_equal(symlink("new.svg", p->path), 0);
    assert_int_equal(draw(p, p->path, NULL), RG_OK);
    assert_is_link_to(p->path, "new.svg");
    struct stat file;
    assert_int_equal(lstat(target, &file), 0);
    assert_true(S_ISREG(file.st_mode) && file.st_size > 0);
    assert_int_equal(files_in(p->folder), 2);
}

static void a_link_that_leads_nowhere_is_named(void **state)
{
    const place *p = *state;
    assert_int_equal(symlink("picture.svg", p->path), 0); /* itself */
    assert_refused(p, p->path, RG_ERR_IO, "symbolic links");
    assert_int_equal(unlink(p->path), 0);
    assert_int_equal(symlink("none/picture.svg", p->path), 0);
    assert_refused(p, p->path, RG_ERR_IO, "No such file or directory");
}

static void what_is_no_regular_file_is_left_as_it_is(void **state)
{
    const place *p = *state;
    char link[128];
    (void)snprintf(link, sizeof link, "%s/link.svg", p->folder);
    assert_int_equal(mkfifo(p->path, 0600), 0);
    assert_int_equal(symlink("picture.svg", link), 0);
    assert_refused(p, p->path, RG_ERR_IO, "not a regular file");
    assert_refused(p, link, RG_ERR_IO, "not a regular file");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("/dev/null", link), 0);
    assert_refused(p, link, RG_ERR_IO, "not a regular file");
    struct stat file;
    assert_int_equal(lstat(p->path, &file), 0);
    assert_true(S_ISFIFO(file.st_mode));
}

/* A limit on the size of files stands for a full disk. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    const place *p = *state;
    write_old(p->path);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rg_error error = {""};
    const rg_status status = draw(p, p->path, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(status, RG_ERR_IO);
    assert_non_null(strstr(error.text, "File too large"));
    assert_old(p->path);
    assert_int_equal(files_in(p->folder), 1);
}

#define AT_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_PLACE(every_format_is_written_to_a_file),
        AT_PLACE(an_old_file_is_replaced_by_a_new_one),
        AT_PLACE(a_new_file_has_the_mode_that_the_umask_leaves),
        AT_PLACE(an_unknown_suffix_is_refused_before_any_file),
        AT_PLACE(a_missing_folder_is_named),
        AT_PLACE(a_folder_is_no_picture),
        AT_PLACE(a_folder_that_may_not_be_written_is_named),
        AT_PLACE(a_picture_that_cannot_be_drawn_leaves_the_old_file),
        AT_PLACE(a_link_stays_and_its_target_becomes_the_picture),
        AT_PLACE(a_link_to_no_file_yet_makes_it),
        AT_PLACE(a_link_that_leads_nowhere_is_named),
        AT_PLACE(what_is_no_regular_file_is_left_as_it_is),
        AT_PLACE(a_full_disk_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
