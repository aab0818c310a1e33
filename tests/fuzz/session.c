/* The echo rule under any script of results. A model beside it counts what a peer and a kernel would have seen: no byte
 * is echoed that was not taken, none is taken while another one is unsent, FIN comes once and after the whole echo. */
#include "input.h"

#include "server/session.h"

#include <errno.h>

enum { BUFFER = 1000, STEPS_MAX = 4000 };

struct model {
    struct se__session session;
    uint64_t taken; /* to be echoed */
    uint64_t discarded;
    uint64_t echoed;
    uint64_t drain_to; /* UINT64_MAX before the drain */
    int finishes;
    bool has_peers_end;
    bool is_cut;
};

static void check(const struct model *model)
{
    const struct se__session *session = &model->session;
    enum se__want want = se__session_want(session);
    demand(session->received == model->taken + model->discarded, "received is taken and discarded");
    demand(session->echoed == model->echoed && model->echoed <= model->taken, "nothing is echoed that was not taken");
    demand(se__session_is_cut(session) == model->is_cut, "a cut is remembered");
    demand(se__session_is_draining(session) == (model->drain_to != UINT64_MAX), "a drain is remembered");
    if (model->finishes == 0)
        demand(se__session_unsent(session) == model->taken - model->echoed, "unsent is what was taken and is not back");
    if (model->is_cut) {
        demand(want == SE__WANT_NOTHING, "who is cut wants nothing");
        return;
    }
    bool is_back = model->taken == model->echoed;
    bool may_finish = model->has_peers_end || model->taken >= model->drain_to;
    enum se__want expected = !is_back                ? SE__WANT_SEND
                             : model->finishes == 0  ? (may_finish ? SE__WANT_FINISH : SE__WANT_RECEIVE)
                             : !model->has_peers_end ? SE__WANT_DISCARD
                                                     : SE__WANT_NOTHING;
    demand(want == expected, "want follows from what has happened");
}

static void take(struct model *model, struct input *input)
{
    uint64_t room = se__session_room(&model->session, BUFFER);
    demand(room > 0 && room <= BUFFER, "a receive has room, at most the buffer's");
    if (model->finishes == 0 && model->drain_to != UINT64_MAX)
        demand(room <= model->drain_to - model->taken, "a drain takes no more than was announced");
    uint64_t count = input_number(input, room);
    se__session_received(&model->session, count);
    model->has_peers_end |= count == 0;
    *(model->finishes ? &model->discarded : &model->taken) += count;
}

static void give(struct model *model, struct input *input)
{
    uint64_t count = input_number(input, se__session_unsent(&model->session));
    se__session_sent(&model->session, count);
    model->echoed += count;
}

static void do_what_it_wants(struct model *model, struct input *input)
{
    switch (se__session_want(&model->session)) {
    case SE__WANT_RECEIVE:
    case SE__WANT_DISCARD:
        take(model, input);
        break;
    case SE__WANT_SEND:
        give(model, input);
        break;
    case SE__WANT_FINISH:
        se__session_finished(&model->session);
        model->finishes++;
        break;
    case SE__WANT_NOTHING:
        break;
    }
}

static void drain(struct model *model, struct input *input)
{
    uint64_t pending = input_number(input, 3 * BUFFER);
    se__session_drain(&model->session, pending);
    if (model->finishes == 0)
        model->drain_to = model->taken + pending;
}

static void find_drained(struct model *model)
{
    se__session_drained(&model->session);
    if (model->finishes == 0)
        model->drain_to = model->taken;
}

static void step(struct model *model, struct input *input)
{
    switch (input_byte(input) % 16) {
    case 0:
        drain(model, input);
        break;
    case 1:
        if (model->drain_to != UINT64_MAX)
            find_drained(model);
        break;
    case 2:
        se__session_cut(&model->session, -ECONNRESET);
        model->is_cut = true;
        break;
    default:
        do_what_it_wants(model, input);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {.bytes = bytes, .left = size};
    struct model model = {.drain_to = UINT64_MAX};
    se__session_begin(&model.session);
    check(&model);
    for (int i = 0; i < STEPS_MAX && !input_is_over(&input); i++) {
        step(&model, &input);
        check(&model);
    }
    return 0;
}
