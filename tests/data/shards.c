/* shards.c: pairs written to shards and drawn again: all of them, in an order that can be repeated and taken up anywhere. */
#include "shards.h"

/* The number of the next pair, whose picture is checked to be its own. */
static int next(PairStream *s)
{
    Error err;
    StreamedPair p;
    int i = -1;
    if (!mm_stream_next(s, &p, &err)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(sscanf(p.text, "pair %d", &i), 1);
    assert_int_equal(p.bytes, i * i + 1);
    assert_int_equal(p.image[i * i], 'a' + i);
    return i;
}

static void in_order(void **state)
{
    (void)state;
    write_shards();
    PairStream *s = open_stream(1, 1, 0);
    assert_int_equal(mm_stream_shards(s), 5);
    for (int i = 0; i < 2 * PAIRS; i++) {
        assert_int_equal(next(s), i % PAIRS);
        assert_int_equal(mm_stream_position(s), i + 1);
        assert_int_equal(mm_stream_round(s), i / PAIRS);
    }
    const StreamSkips *k = mm_stream_skips(s);
    assert_int_equal(k->damaged + k->incomplete + k->too_large + k->text, 0);
    assert_string_equal(k->first.text, "");
    mm_stream_close(s);
}

static void every_pair_once_a_round(void **state)
{
    (void)state;
    write_shards();
    static const int buffers[] = {1, 2, 7, PAIRS, 1000};
    for (int b = 0; b < 5; b++) {
        PairStream *s = open_stream(3, buffers[b], 0);
        for (int round = 0; round < 4; round++) {
            unsigned seen = 0;
            for (int i = 0; i < PAIRS; i++) {
                seen |= 1u << next(s);
            }
            assert_int_equal(seen, (1u << PAIRS) - 1);
        }
        mm_stream_close(s);
    }
}

static void shuffled(void **state)
{
    (void)state;
    write_shards();
    PairStream *a = open_stream(1, 6, 0), *b = open_stream(1, 6, 0), *c = open_stream(2, 6, 0);
    int first[PAIRS], moved = 0, of_rounds = 0, of_seeds = 0;
    for (int i = 0; i < PAIRS; i++) {
        first[i] = next(a);
        assert_int_equal(next(b), first[i]);
        moved += first[i] != i;
        of_seeds += next(c) != first[i];
    }
    for (int i = 0; i < PAIRS; i++) {
        of_rounds += next(a) != first[i];
    }
    assert_true(moved > PAIRS / 2 && of_seeds > PAIRS / 2 && of_rounds > PAIRS / 2);
    mm_stream_close(a);
    mm_stream_close(b);
    mm_stream_close(c);
}

/* From every position of four rounds: the pairs of an uninterrupted run. */
static void taken_up_anywhere(void **state)
{
    (void)state;
    enum { N = 4 * PAIRS };
    write_shards();
    for (int buffer = 1; buffer <= 9; buffer += 4) {
        int whole[N + 5];
        PairStream *s = open_stream(5, buffer, 0);
        for (int i = 0; i < N + 5; i++) {
            whole[i] = next(s);
        }
        mm_stream_close(s);
        for (int from = 0; from <= N; from++) {
            s = open_stream(5, buffer, from);
            assert_int_equal(mm_stream_position(s), from);
            for (int i = from; i < from + 5; i++) {
                assert_int_equal(next(s), whole[i]);
                assert_int_equal(mm_stream_round(s), i / PAIRS);
            }
            mm_stream_close(s);
        }
    }
}

/* ---- writing ---- */

static void writer(void **state)
{
    (void)state;
    Error err;
    write_shards();
    assert_null(mm_shards_create(folder(), 5, &err));
    says(&err, "000000.tar", "is there already");
    put_text(scratch("file"), "");
    assert_null(mm_shards_create(scratch("file"), 5, &err));
    ShardWriter *w = mm_shards_create(scratch("gone"), 2, &err);
    assert_non_null(w);
    rmdir(scratch("gone"));
    assert_false(mm_shards_add(w, "p", 1, ".png", "t", &err));
    assert_false(mm_shards_add(w, "p", 1, ".png", "t", &err));
    assert_false(mm_shards_finish(w, &err));
    w = mm_shards_create(scratch("half"), 2, &err);
    assert_true(mm_shards_add(w, "p", 1, ".png", "t", &err));
    assert_false(mm_file_exists(scratch("half/000000.tar"))); /* not before it is whole */
    assert_true(mm_shards_add(w, "p", 1, ".png", "t", &err));
    assert_true(mm_file_exists(scratch("half/000000.tar")));
    assert_true(mm_shards_finish(w, &err));
    assert_false(mm_file_exists(scratch("half/000001.tar")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(in_order), IN_SCRATCH(every_pair_once_a_round), IN_SCRATCH(shuffled), IN_SCRATCH(taken_up_anywhere),
        IN_SCRATCH(writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
