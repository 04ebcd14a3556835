import { setTimeout as sleep } from 'node:timers/promises';
import { isAtlasError, type GrpcCode } from '@neuron-atlas/errors';
import { AgentServiceDefinition, atlasErrors, SweepServiceDefinition, type AgentServiceClient, type SweepServiceClient } from '@neuron-atlas/proto';
import { bearer, type TokenSource } from '@neuron-atlas/proto/bearer';
import { channelCredentials, type TlsFiles } from '@neuron-atlas/proto/tls';
import { traceClientCalls } from '@neuron-atlas/telemetry/tracing';
import { createChannel, createClientFactory, type Channel } from 'nice-grpc';
import { deadlineMiddleware, type DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import type { Logger } from 'pino';
import { errors } from '../errors.js';
import { backoffMs } from './backoff.js';
import type { Timing } from './timing.js';

export interface Clients {
  readonly agents: AgentServiceClient<DeadlineOptions>;
  readonly sweeps: SweepServiceClient<DeadlineOptions>;
}

export interface CallOptions {
  /** Of one try; a call without a deadline can hang for ever. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

type Call<T> = (clients: Clients, options: { readonly deadline: number; readonly signal: AbortSignal }) => Promise<T>;

// All RPCs are idempotent, so a try whose answer was lost may be repeated.
const retriedForEver: readonly GrpcCode[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'ABORTED', 'RESOURCE_EXHAUSTED', 'CANCELLED'];
const retriedSomeTimes: readonly GrpcCode[] = ['INTERNAL', 'UNKNOWN'];
const someTimes = 8;

/** What the client side makes of silence, as opposed to what a coordinator answers. */
const silence: readonly string[] = ['PROTO_UNAVAILABLE', 'PROTO_DEADLINE_EXCEEDED'];

/** The agent's connection to its coordinator: calls with deadlines, retries, and a channel that is rebuilt when it hangs. */
export class CoordinatorLink implements Disposable {
  readonly address: string;
  readonly #credentials: ReturnType<typeof channelCredentials> | undefined;
  readonly #token: TokenSource | undefined;
  readonly #log: Logger;
  readonly #timing: Timing;
  readonly #random: () => number;
  #channel: Channel;
  #clients: Clients;
  /** When the channel was made or last answered. */
  #aliveAt: number;

  constructor(options: { readonly address: string; readonly tls: TlsFiles | undefined; readonly token?: TokenSource | undefined; readonly log: Logger; readonly timing: Timing; readonly random: () => number }) {
    this.address = options.address;
    this.#credentials = options.tls === undefined ? undefined : channelCredentials(options.tls);
    this.#token = options.token;
    this.#log = options.log;
    this.#timing = options.timing;
    this.#random = options.random;
    [this.#channel, this.#clients] = this.#connect();
    this.#aliveAt = performance.now();
  }

  /** One try. Rejects with the abort reason of `signal`, the coordinator's own error, or one of PROTO_*. */
  async once<T>(call: Call<T>, { deadlineMs, signal }: CallOptions): Promise<T> {
    signal.throwIfAborted();
    try {
      const answer = await call(this.#clients, { deadline: deadlineMs, signal });
      this.#aliveAt = performance.now();
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (isAtlasError(error) && !silence.includes(error.code)) this.#aliveAt = performance.now();
      else this.#rebuildIfHung();
      throw error;
    }
  }

  /**
   * Tries until the coordinator answers, `signal` aborts or `giveUpAfterMs` is over.
   *
   * A refusal is thrown as the coordinator's own error; no answer in time is AGENT_COORDINATOR_UNREACHABLE.
   */
  async persist<T>(name: string, call: Call<T>, options: CallOptions & { readonly giveUpAfterMs?: number }): Promise<T> {
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(call, options);
      } catch (error) {
        options.signal.throwIfAborted();
        if (!isAtlasError(error)) throw error;
        const again = retriedForEver.includes(error.grpc) || (retriedSomeTimes.includes(error.grpc) && attempt < someTimes);
        if (!again) throw error;
        const waitedMs = Math.round(performance.now() - startedAt);
        if (options.giveUpAfterMs !== undefined && waitedMs >= options.giveUpAfterMs) {
          throw errors.coordinatorUnreachable({ address: this.address, waitedMs, detail: error.message }, error);
        }
        const waitMs = backoffMs(attempt, this.#timing.backoffBaseMs, this.#timing.backoffMaxMs, this.#random);
        this.#log.warn({ call: name, attempt, code: error.code, detail: error.message, waitMs: Math.round(waitMs) }, 'call failed, trying again');
        await sleep(waitMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
      }
    }
  }

  [Symbol.dispose](): void { this.#channel.close(); }

  #connect(): [Channel, Clients] {
    const channel = createChannel(this.address, this.#credentials, {
      // The default back-off of grpc-js grows to 120 s: an agent would sleep long after the coordinator is back.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': this.#timing.backoffMaxMs,
      // The manifest of a sweep of a million units has some hundred thousand objects.
      'grpc.max_receive_message_length': 256 * 2 ** 20,
      'grpc.enable_channelz': 0,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
    const shown = this.#token === undefined ? createClientFactory() : createClientFactory().use(bearer(this.#token));
    const factory = shown.use(deadlineMiddleware).use(atlasErrors).use(traceClientCalls);
    return [channel, { agents: factory.create(AgentServiceDefinition, channel), sweeps: factory.create(SweepServiceDefinition, channel) }];
  }

  #rebuildIfHung(): void {
    if (performance.now() - this.#aliveAt < this.#timing.rebuildMs) return;
    this.#log.warn({ address: this.address }, 'no answer for long, connecting anew');
    this.#channel.close();
    [this.#channel, this.#clients] = this.#connect();
    this.#aliveAt = performance.now();
  }
}
