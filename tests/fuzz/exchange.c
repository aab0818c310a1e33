/* The client's side of an echo under any script of sends and receives, right and wrong. */
#include "input.h"

#include "client/exchange.h"

#include <errno.h>
#include <sockecho/error.h>
#include <string.h>

enum { LENGTH_MAX = 600, SURPLUS = 40 };

struct model {
    struct se__exchange exchange;
    unsigned char message[LENGTH_MAX];
    size_t length;
    size_t sent;
    size_t received;
    int send_error;
};

static void check(const struct model *model)
{
    const struct se__exchange *exchange = &model->exchange;
    demand(exchange->sent == model->sent && exchange->received == model->received, "both offsets count what moved");
    demand(model->received <= model->sent && model->sent <= model->length, "no byte is back before it is out");
    demand(exchange->mismatch_at == -1, "nothing was wrong so far");
    demand(se__exchange_to_send(exchange) == (model->send_error ? 0 : model->length - model->sent), "the rest is sent");
    demand(se__exchange_to_receive(exchange) == model->length - model->received, "the rest is received");
}

static void send_some(struct model *model, struct input *input)
{
    size_t count = (size_t)input_number(input, se__exchange_to_send(&model->exchange));
    se__exchange_sent(&model->exchange, count);
    model->sent += count;
}

/* True as long as the echo goes on: a copy of the message comes back, in which one byte may be another one. */
static bool receive_some(struct model *model, struct input *input, bool is_spoilt)
{
    unsigned char echo[LENGTH_MAX + SURPLUS] = {0};
    size_t count = (size_t)input_number(input, model->length - model->received + SURPLUS - 1);
    memcpy(echo, model->message + model->received, model->length - model->received);
    size_t wrong = count;
    if (is_spoilt && count > 0) {
        wrong = (size_t)input_number(input, count - 1);
        echo[wrong] ^= 1 + input_byte(input) % 255;
    }
    size_t in_flight = model->sent - model->received;
    size_t right = wrong < in_flight ? wrong : in_flight;
    int result = se__exchange_received(&model->exchange, echo, count);
    if (count <= right) {
        demand(result == 0, "a right byte is right");
        model->received += count;
        return true;
    }
    demand(result == SE_EMISMATCH, "a wrong byte, or one too early, is a mismatch");
    demand(model->exchange.mismatch_at == (int64_t)(model->received + right),
           "the mismatch tells the first wrong place");
    demand(model->exchange.received == model->received + right, "what came before it was right");
    return false;
}

static void fail_to_send(struct model *model, struct input *input)
{
    static const int errors[] = {-EPIPE, -ECONNRESET, -ETIMEDOUT, -EHOSTUNREACH};
    model->send_error = errors[input_byte(input) % (sizeof errors / sizeof errors[0])];
    se__exchange_send_failed(&model->exchange, model->send_error);
}

static void close_early(const struct model *model)
{
    bool is_told = model->send_error && model->send_error != -EPIPE;
    demand(se__exchange_closed(&model->exchange) == (is_told ? model->send_error : SE_ECLOSED),
           "an early end has a name");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {.bytes = bytes, .left = size};
    struct model model = {.length = (size_t)input_number(&input, LENGTH_MAX)};
    uint8_t first = input_byte(&input);
    for (size_t i = 0; i < model.length; i++)
        model.message[i] = (unsigned char)(first + i * i);
    se__exchange_begin(&model.exchange, model.message, model.length);
    for (bool goes_on = true; goes_on && !input_is_over(&input);) {
        check(&model);
        uint8_t choice = input_byte(&input) % 16;
        if (choice < 7)
            send_some(&model, &input);
        else if (choice < 14)
            goes_on = receive_some(&model, &input, choice == 13);
        else if (choice == 14 && !model.send_error)
            fail_to_send(&model, &input);
        else
            close_early(&model);
    }
    return 0;
}
