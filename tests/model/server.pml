/* The server as a model for spin: two workers, two connections, and callers that stop it, in every order that there is.
 *
 * Each inline stands for the C function that its comment names. A step of the model is an access to what threads
 * share, or to the kernel, together with what its thread does alone before the next one. One turn of the pump is one
 * step: what a peer does meanwhile is taken to come before or after it. Left out are want of memory and descriptors,
 * the limits, the callback, and runs that end at a timeout.
 *
 * What is claimed: no deadlock (spin: no invalid end state), the assertions below, and that a stop always ends (the
 * formula at the end). Nothing here repeats for ever, and nobody waits for time where there is none: so a wake-up that
 * gets lost is a deadlock.
 *
 * Parameters (spin -D):
 *   PEERS             1 or 2
 *   KIND_0, KIND_1    who they are: PATIENT, HASTY or RUDE
 *   BYTES_0, BYTES_1  how many bytes each sends at most
 *   SILENT            1: a peer may fall silent for ever at any time
 *   STOPS             callers of se_server_stop(), 0 to 2; each calls once, at any time
 *   TIMED             1: each deadline may pass at any time; 0: none ever does
 *   MUTANT            one of the names below: the model then lacks a guard, and must fail; 0: it is whole
 */
#define WORKERS 2
#define CONNECTIONS 2

/* The mutants: what is dropped or turned round. */
#define CLOSE_WAKES_NOBODY 1       /* acceptor.c: se__acceptor_close() */
#define FLAG_READ_LAST 2           /* worker.c: take_mail() */
#define MAIL_WAKES_NOBODY 3        /* mailbox.c: se__mailbox_put() */
#define WAKE_BEFORE_MAIL 4         /* mailbox.c: se__mailbox_put() */
#define CLEAR_AFTER_HEARING 5      /* worker.c: turn() */
#define END_WAKES_NOBODY 6         /* crew.c: run_member() */
#define FIRST_WAITS_FOR_NOBODY 7   /* worker.c: is_over() */
#define CUT_ONLY_ONCE 8            /* worker.c: heed_stops() */
#define LATE_ONES_NOT_DRAINED 9    /* peers.c: open_connection() */
#define FIN_BEFORE_ALL_IS_BACK 10  /* session.h: se__session_want() */
#define NO_DISCARD 11              /* session.h: se__session_want() */
#define ARRIVED_BYTES_FORGOTTEN 12 /* connection.c: se__connection_drain() */
#define QUEUE_FORGOTTEN 13         /* acceptor.c: accept_one() */
#define CUT_WITH_FIN 14            /* connection.c: se__connection_end() */
#define DISCARDS_NOT_COUNTED 15    /* peers.c: cut_unless_complete() */
#define STOP_WAKES_NOBODY 16       /* server.c: se_server_stop() */
#define DRAIN_SLEEPS_TOO_SOON 17   /* worker.c: due_ms() */
#define RECEIVE_BEFORE_SENT 18     /* session.h: se__session_want() */
#define STOP_IS_NOT_PASSED_ON 19   /* worker.c: pass_on() */

#define BATCH 1     /* 64 in C: here too one batch shall not be enough for all */
#define SEND_ROOM 1 /* bytes that the kernel takes before the peer reads: less than a receive gives */
#define EVERYTHING 255
#define NOBODY 255

/* What threads share: struct se__service, the mailboxes, the eventfds. */
byte stops;
bit takes_no_more;
byte others_at_work;
bit wakeup[WORKERS];
chan mail[WORKERS] = [CONNECTIONS] of { byte };
byte members[WORKERS];

/* The kernel: the listener, and the server's end of each connection. */
bit listens = 1;
typedef kernel_socket {
    bit connected;  /* the peer has begun */
    bit queued;     /* in the listen queue */
    bit open;       /* the server holds the descriptor */
    bit gone;       /* it has closed it */
    byte arrived;   /* bytes that wait to be received */
    bit peer_fin;   /* behind them */
    bit peer_reset; /* behind them, too */
    byte leaving;   /* bytes that wait to be read by the peer */
    bit fin;        /* behind them */
    bit reset;      /* in their place */
    bit refused;    /* it was in the queue when the listener closed */
};
kernel_socket sockets[CONNECTIONS];

/* struct se__session. */
typedef echo_session {
    byte received;
    byte echoed;
    byte receive_to = EVERYTHING;
    bit is_cut;
    bit peer_finished;
    bit finished;
};
echo_session sessions[CONNECTIONS];

/* The figures of all workers together (struct se__tally). */
byte received_bytes, echoed_bytes, given_up_bytes;
byte accepted, ended_in_order, ended_by_cut;

/* What only the assertions look at. */
bit queued_before_stop[CONNECTIONS];
byte owed[CONNECTIONS]; /* bytes that had arrived when the connection was told to drain */
bit may_be_cut;         /* a second stop came, or a deadline passed */
bit has_ended[WORKERS];
bit is_over; /* se_server_run() has returned */

mtype = { RECEIVE, SEND, FINISH, DISCARD, NOTHING }; /* enum se__want */
mtype = { PATIENT, HASTY, RUDE };                     /* a peer's kind */

#define UNSENT(c) (sessions[c].finished -> 0 : sessions[c].received - sessions[c].echoed)

/* session.h: se__session_want(). Sets `want`. */
inline session_want(c)
{
    if
    :: sessions[c].is_cut -> want = NOTHING
    :: else ->
        if
        :: sessions[c].finished && (sessions[c].peer_finished || MUTANT == NO_DISCARD) -> want = NOTHING
        :: sessions[c].finished && !(sessions[c].peer_finished || MUTANT == NO_DISCARD) -> want = DISCARD
        :: !sessions[c].finished && sessions[c].echoed < sessions[c].received &&
               !(MUTANT == FIN_BEFORE_ALL_IS_BACK && sessions[c].received >= sessions[c].receive_to) &&
               !(MUTANT == RECEIVE_BEFORE_SENT && !sessions[c].peer_finished &&
                     sessions[c].received < sessions[c].receive_to && sockets[c].arrived > 0) -> want = SEND
        :: else ->
            if
            :: sessions[c].peer_finished || sessions[c].received >= sessions[c].receive_to -> want = FINISH
            :: else -> want = RECEIVE
            fi
        fi
    fi
}

/* socket.c: close(2). Unread bytes make the kernel reset, which drops what was still on its way to the peer. */
inline kernel_close(c)
{
    sockets[c].open = 0;
    sockets[c].gone = 1;
    if
    :: sockets[c].arrived > 0 && !sockets[c].peer_reset -> sockets[c].reset = 1; sockets[c].leaving = 0
    :: else -> skip
    fi
}

/* peers.c: end(), let_go(), count_end(); connection.c: se__connection_end(). */
inline end(c)
{
    assert(sockets[c].open);
    if
    :: (sessions[c].is_cut || UNSENT(c) > 0) && MUTANT != CUT_WITH_FIN ->
        sockets[c].reset = 1;
        sockets[c].leaving = 0;
        sockets[c].open = 0;
        sockets[c].gone = 1
    :: else ->
        sockets[c].fin = 1; /* se__socket_hang_up(): no more than was done where our FIN is out */
        kernel_close(c)
    fi;
    given_up_bytes = given_up_bytes + sessions[c].received - sessions[c].echoed;
    if
    :: sessions[c].is_cut -> ended_by_cut++
    :: else -> ended_in_order++
    fi;
    pool[c] = 0;
    members[me]--
}

/* connection.c: receive(). One recv(2). Sets `is_waiting`. */
inline receive(c)
{
    if
    :: sockets[c].arrived > 0 ->
        count = sockets[c].arrived;
        if
        :: !sessions[c].finished && count > sessions[c].receive_to - sessions[c].received ->
            count = sessions[c].receive_to - sessions[c].received
        :: else -> skip
        fi;
        assert(count > 0);
        assert(UNSENT(c) == 0); /* the bytes that are held would be lost */
        sockets[c].arrived = sockets[c].arrived - count;
        sessions[c].received = sessions[c].received + count;
        received_bytes = received_bytes + count;
        count = 0
    :: sockets[c].arrived == 0 && sockets[c].peer_reset -> sessions[c].is_cut = 1
    :: sockets[c].arrived == 0 && !sockets[c].peer_reset && sockets[c].peer_fin -> sessions[c].peer_finished = 1
    :: else ->
        if
        :: sessions[c].receive_to != EVERYTHING && !sessions[c].finished ->
            sessions[c].receive_to = sessions[c].received
        :: else -> is_waiting = 1
        fi
    fi
}

/* connection.c: send_received(), send_held(). One send(2). Sets `is_waiting`. */
inline send(c)
{
    if
    :: sockets[c].peer_reset -> sessions[c].is_cut = 1
    :: !sockets[c].peer_reset && sockets[c].leaving == SEND_ROOM -> is_waiting = 1
    :: else ->
        count = (UNSENT(c) < SEND_ROOM - sockets[c].leaving -> UNSENT(c) : SEND_ROOM - sockets[c].leaving);
        sockets[c].leaving = sockets[c].leaving + count;
        sessions[c].echoed = sessions[c].echoed + count;
        echoed_bytes = echoed_bytes + count;
        count = 0
    fi
}

/* connection.c: finish(). One shutdown(2). */
inline finish(c)
{
    assert(sessions[c].echoed == sessions[c].received);
    sockets[c].fin = 1;
    sessions[c].finished = 1
}

/* What the session wants, once: one round of se__connection_pump(). */
inline pump_once(c)
{
    session_want(c);
    if
    :: (want == RECEIVE || want == DISCARD) && had_turn -> is_waiting = 1
    :: (want == RECEIVE || want == DISCARD) && !had_turn -> had_turn = 1; receive(c)
    :: want == SEND -> send(c)
    :: want == FINISH -> finish(c)
    :: want == NOTHING -> end(c); is_waiting = 1
    fi;
    want = NOTHING
}

/* peers.c: serve(), act_on(); connection.c: se__connection_pump(). */
inline serve(c)
{
    d_step {
        do
        :: !is_waiting -> pump_once(c)
        :: else -> break
        od;
        is_waiting = 0;
        had_turn = 0
    }
}

/* peers.c: drain(); connection.c: se__connection_drain(), which is one ioctl(2). */
inline drain(c)
{
    d_step {
        if
        :: !sessions[c].finished ->
            owed[c] = sessions[c].received + sockets[c].arrived;
            sessions[c].receive_to = (MUTANT == ARRIVED_BYTES_FORGOTTEN -> sessions[c].received : owed[c])
        :: else -> skip
        fi
    };
    serve(c)
}

/* peers.c: se__peers_welcome(), open_connection(). */
inline welcome(c)
{
    d_step {
        pool[c] = 1;
        accepted++
    };
    if
    :: draining && MUTANT != LATE_ONES_NOT_DRAINED -> drain(c)
    :: else -> skip
    fi
}

/* peers.c: cut_unless_complete(); connection.c: discard(), se__connection_is_complete(). */
inline cut_unless_complete(c)
{
    d_step {
        if
        :: sessions[c].finished ->
            sessions[c].received = sessions[c].received + sockets[c].arrived;
            received_bytes = (MUTANT == DISCARDS_NOT_COUNTED -> received_bytes : received_bytes + sockets[c].arrived);
            sockets[c].arrived = 0
        :: else -> skip
        fi
    };
    sessions[c].is_cut = (UNSENT(c) > 0 || sockets[c].arrived > 0); /* ioctl(2) */
    d_step { end(c) }
}

/* acceptor.c: hand_out(), fewest(); mailbox.c: se__mailbox_put(), which puts under its lock and wakes after that. */
inline hand_out(c)
{
    if
    :: atomic { members[1] < members[0] && MUTANT != WAKE_BEFORE_MAIL -> members[1]++; mail[1] ! c };
       wakeup[1] = (MUTANT == MAIL_WAKES_NOBODY -> wakeup[1] : 1)
    :: d_step { members[1] < members[0] && MUTANT == WAKE_BEFORE_MAIL -> members[1]++; wakeup[1] = 1 };
       mail[1] ! c
    :: d_step { members[1] >= members[0] -> members[0]++ };
       welcome(c)
    fi
}

/* listener.c: se__listener_close(). The kernel resets those in the queue. */
inline refuse(c)
{
    if
    :: sockets[c].queued ->
        assert(!queued_before_stop[c] || may_be_cut);
        sockets[c].queued = 0;
        sockets[c].refused = 1;
        sockets[c].gone = 1;
        sockets[c].reset = 1
    :: else -> skip
    fi
}

/* acceptor.c: se__acceptor_close(). */
inline acceptor_close()
{
    if
    :: takes_no_more -> skip
    :: else ->
        d_step { listens = 0; refuse(0); refuse(1) };
        takes_no_more = 1;
        wakeup[1] = (MUTANT == CLOSE_WAKES_NOBODY -> wakeup[1] : 1)
    fi
}

#define IS_QUEUE_EMPTY (!(sockets[0].queued || sockets[1].queued) || (MUTANT == QUEUE_FORGOTTEN && draining))

/* acceptor.c: se__acceptor_accept(), accept_one(). One accept4(2) a round. */
inline acceptor_accept()
{
    do
    :: d_step {
           !is_batch_over && listens && !IS_QUEUE_EMPTY ->
           accepted_one = (sockets[0].queued -> 0 : 1);
           sockets[accepted_one].queued = 0;
           queued_before_stop[accepted_one] = 0;
           sockets[accepted_one].open = 1
       };
       hand_out(accepted_one);
       d_step { batch++; is_batch_over = (batch == BATCH); accepted_one = 0 }
    :: d_step { !is_batch_over && listens && IS_QUEUE_EMPTY -> is_batch_over = 1 };
       if
       :: draining -> acceptor_close()
       :: else -> skip
       fi
    :: d_step { is_batch_over || !listens -> is_batch_over = 0; batch = 0 } -> break
    od
}

/* worker.c: cut(); peers.c: se__peers_cut(). */
inline cut()
{
    if
    :: me == 0 -> acceptor_close()
    :: else -> skip
    fi;
    if
    :: pool[0] -> cut_unless_complete(0)
    :: else -> skip
    fi;
    if
    :: pool[1] -> cut_unless_complete(1)
    :: else -> skip
    fi
}

/* worker.c: begin_drain(); peers.c: se__peers_drain(). */
inline begin_drain()
{
    draining = 1;
    if
    :: pool[0] -> drain(0)
    :: else -> skip
    fi;
    if
    :: pool[1] -> drain(1)
    :: else -> skip
    fi
}

/* worker.c: heed_stops(), pass_on(). */
inline heed_stops()
{
    d_step {
        seen = stops;
        wakeup[1] = (seen != heeded && me == 0 && MUTANT != STOP_IS_NOT_PASSED_ON -> 1 : wakeup[1])
    };
    if
    :: seen > 0 && !draining -> begin_drain()
    :: else -> skip
    fi;
    if
    :: draining && me == 0 -> acceptor_accept()
    :: else -> skip
    fi;
    if
    :: (seen > 1 || cut_is_due) && !(MUTANT == CUT_ONLY_ONCE && seen == heeded) -> cut()
    :: else -> skip
    fi;
    d_step { heeded = seen; seen = 0 }
}

/* worker.c: take_mail(). */
inline take_mail()
{
    nobody_comes = takes_no_more;
    do
    :: mail[me] ? c ->
       welcome(c);
       c = 0
    :: d_step { empty(mail[me]) -> has_all = nobody_comes; nobody_comes = 0 } -> break
    od;
    has_all = (MUTANT == FLAG_READ_LAST -> takes_no_more : has_all)
}

/* worker.c: hear(). */
inline hear()
{
    take_mail();
    heed_stops();
    take_mail()
}

#define POOL_IS_EMPTY (!pool[0] && !pool[1])

/* The kernel's answer to epoll_wait(2): settle() in peers.c watches for what the session wants. */
#define WANTS_TO_SEND(c) (UNSENT(c) > 0)
#define IS_READY(c) \
    (pool[c] && \
     (sockets[c].peer_reset || \
      (WANTS_TO_SEND(c) -> sockets[c].leaving < SEND_ROOM : (sockets[c].arrived > 0 || sockets[c].peer_fin))))
#define LISTENER_IS_READY (me == 0 && listens && (sockets[0].queued || sockets[1].queued))
/* worker.c: due_ms(): a drain that accepts does not wait. */
#define IS_DUE_NOW (draining && me == 0 && listens && MUTANT != DRAIN_SLEEPS_TOO_SOON)
#define TIME_PASSES (TIMED && !ANYTHING_IS_READY && !IS_DUE_NOW)
/* Who is idle gets FIN in order; who is stalled, or lingers, may be reset. */
#define MAY_BE_CUT_FOR_TIME(c) (UNSENT(c) > 0 || sessions[c].finished)
#define ANYTHING_IS_READY (wakeup[me] || LISTENER_IS_READY || IS_READY(0) || IS_READY(1))

/* poller.c: se__poller_wait(). Events are as they were when it returned. Clearing the wake-up is dispatch()'s; it is
 * drawn in here, for a wake-up between the two is cleared either way. Time passes only where nobody was ready: a turn
 * with both is two turns here. */
inline poller_wait()
{
    woken = 0;
end_waits: /* for ever, where there is no stop: then the peers must have ended */
    if
    :: d_step {
           ANYTHING_IS_READY || IS_DUE_NOW ->
           woken = wakeup[me];
           wakeup[me] = (MUTANT == CLEAR_AFTER_HEARING -> wakeup[me] : 0);
           woken = (MUTANT == CLEAR_AFTER_HEARING -> woken : 0);
           is_asked = LISTENER_IS_READY;
           ready[0] = IS_READY(0);
           ready[1] = IS_READY(1)
       }
    :: d_step {
           TIME_PASSES && draining && !cut_is_due && (!POOL_IS_EMPTY || listens) ->
           cut_is_due = 1;
           may_be_cut = 1
       }
    :: d_step { TIME_PASSES && pool[0] -> expired = 0; may_be_cut = may_be_cut || MAY_BE_CUT_FOR_TIME(0) }
    :: d_step { TIME_PASSES && pool[1] -> expired = 1; may_be_cut = may_be_cut || MAY_BE_CUT_FOR_TIME(1) }
    fi
}

/* worker.c: dispatch(). An event for a connection that is gone finds nobody: se__pool_find(). */
inline dispatch()
{
    if
    :: is_asked -> is_asked = 0; acceptor_accept()
    :: else -> skip
    fi;
    if
    :: ready[0] && pool[0] -> serve(0)
    :: else -> skip
    fi;
    if
    :: ready[1] && pool[1] -> serve(1)
    :: else -> skip
    fi;
    ready[0] = 0;
    ready[1] = 0
}

/* peers.c: se__peers_keep_deadlines(): stalled, idle, lingering. */
inline keep_deadlines()
{
    if
    :: expired != NOBODY ->
        d_step { session_want(expired) };
        if
        :: want == SEND -> d_step { sessions[expired].is_cut = 1; end(expired) }
        :: want == RECEIVE -> want = NOTHING; drain(expired)
        :: want == DISCARD -> cut_unless_complete(expired)
        fi;
        d_step { want = NOTHING; expired = NOBODY }
    :: else -> skip
    fi
}

/* worker.c: turn(). */
inline turn()
{
    poller_wait();
    dispatch();
    keep_deadlines();
    hear();
    if
    :: woken && MUTANT == CLEAR_AFTER_HEARING -> wakeup[me] = 0
    :: else -> skip
    fi
}

/* worker.c: is_over(). */
#define IS_ALONE (me != 0 || others_at_work == 0 || MUTANT == FIRST_WAITS_FOR_NOBODY)
#define WORKER_IS_OVER (draining && has_all && POOL_IS_EMPTY && IS_ALONE)

/* worker.c: se__worker_run(); for the further worker also run_member() in crew.c. */
proctype worker(byte me)
{
    byte heeded, seen;
    bit draining, has_all, cut_is_due, nobody_comes;
    bit woken, is_asked;
    bit pool[CONNECTIONS], ready[CONNECTIONS];
    byte expired = NOBODY;
    byte accepted_one, batch, c, count;
    bit is_batch_over, had_turn, is_waiting;
    mtype want = NOTHING;

    hear();
    do
    :: WORKER_IS_OVER -> break
    :: else -> turn()
    od;
    if
    :: me != 0 ->
        others_at_work--;
        if
        :: MUTANT != END_WAKES_NOBODY -> wakeup[0] = 1
        :: else -> skip
        fi
    :: else -> skip
    fi;
    has_ended[me] = 1
}

/* crew.c: se__crew_run(), and what se_server_run() promises when it returns 0. */
active proctype crew()
{
    others_at_work++;
    run worker(1);
    run worker(0);
    if
    :: STOPS == 0 -> goto done
    :: else -> skip
    fi;
    atomic {
        has_ended[0] && has_ended[1];
        assert(!listens && takes_no_more);
        assert(empty(mail[0]) && empty(mail[1]));
        assert(!sockets[0].open && !sockets[1].open);
        assert(members[0] == 0 && members[1] == 0);
        assert(accepted == ended_in_order + ended_by_cut);
        assert(received_bytes == echoed_bytes + given_up_bytes);
        is_over = 1
    };
done:
    skip
}

/* A client. It sends and reads in any order. A patient one half-closes only when it has our FIN; a hasty one at any
 * time; a rude one may reset as well; and where SILENT each may fall silent. It reads when the kernel's room is used up
 * and at the end: a read in between would change nothing for anybody. The second one begins after the first. */
proctype peer(byte c)
{
    byte most, sent, got;
    mtype kind = PATIENT;
    bit has_finished;

    atomic {
        c == 0 || sockets[0].connected;
        sockets[c].connected = 1;
        if
        :: listens -> sockets[c].queued = 1
        :: else -> goto done
        fi;
        if
        :: c == 0 -> kind = KIND_0; most = BYTES_0
        :: c == 1 -> kind = KIND_1; most = BYTES_1
        fi
    };
    do
    :: d_step { sockets[c].reset -> assert(may_be_cut || sockets[c].refused) } -> goto done
    :: d_step {
           !sockets[c].reset && sent < most && !has_finished ->
           sent++;
           if
           :: sockets[c].gone -> sockets[c].reset = 1; sockets[c].leaving = 0
           :: else -> sockets[c].arrived++
           fi
       }
    :: d_step {
           !sockets[c].reset && !has_finished && kind != PATIENT ->
           has_finished = 1;
           sockets[c].peer_fin = 1
       }
    :: d_step { sockets[c].leaving == SEND_ROOM && UNSENT(c) > 0 -> sockets[c].leaving = 0; got = got + SEND_ROOM }
    :: d_step {
           sockets[c].fin && !sockets[c].reset ->
           got = got + sockets[c].leaving;
           sockets[c].leaving = 0;
           assert(got == sessions[c].echoed);
           assert(!sessions[c].is_cut || sessions[c].finished); /* a cut echo never looks complete */
           assert(got >= owed[c]);
           assert(got == sent || sessions[c].receive_to != EVERYTHING || may_be_cut);
           sockets[c].peer_fin = 1
       } -> goto done
    :: d_step { kind == RUDE -> sockets[c].peer_reset = 1 } -> goto done
    :: SILENT -> goto done
    od;
done:
    skip
}

/* server.c: se_server_stop(), from any thread or signal handler. The counter stays at 2. */
proctype caller(byte number)
{
    d_step {
        stops >= number; /* they are alike: the first one begins */
        stops = (stops < 2 -> stops + 1 : 2);
        may_be_cut = may_be_cut || stops > 1;
        queued_before_stop[0] = queued_before_stop[0] || (sockets[0].queued && stops == 1);
        queued_before_stop[1] = queued_before_stop[1] || (sockets[1].queued && stops == 1)
    };
    wakeup[0] = (MUTANT == STOP_WAKES_NOBODY -> wakeup[0] : 1)
}

init {
    atomic {
        run peer(0);
        if
        :: PEERS == 2 -> run peer(1)
        :: else -> skip
        fi;
        byte callers = 0;
        do
        :: callers < STOPS -> run caller(callers); callers++
        :: else -> break
        od;
        callers = 0
    }
}

ltl stop_always_ends { [] (stops == STOPS -> <> is_over) }
