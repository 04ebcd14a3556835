import {
  AgentServiceDefinition, CommitResult, DirectiveKind, errorTrailer, FailOutcome, SweepServiceDefinition, toGrpcError,
  type AcquireLeasesRequest, type AgentServiceImplementation, type CompleteShardRequest, type Directive, type FailShardRequest, type Lease,
  type ManifestObject, type QuarantinedShard, type RegisterRequest, type ReleaseLeasesRequest, type SweepServiceImplementation,
} from '@neuron-atlas/proto';
import { AtlasError, type GrpcCode } from '@neuron-atlas/errors';
import { createServer, ServerError, Status, type CallContext, type Server } from 'nice-grpc';

interface Requests {
  readonly register: RegisterRequest;
  readonly acquire: AcquireLeasesRequest;
  readonly complete: CompleteShardRequest;
  readonly fail: FailShardRequest;
  readonly release: ReleaseLeasesRequest;
}
type Name = keyof Requests | 'heartbeat';

/** A coordinator without a memory of its own: tests say what it leases and how it answers, and read what it was told. */
export class FakeCoordinator {
  readonly calls: { readonly name: keyof Requests; readonly request: Requests[keyof Requests] }[] = [];
  readonly progressSeen: { readonly shardId: string; readonly fraction: number }[] = [];
  readonly leases: Lease[] = [];
  manifest: ManifestObject[] = [];
  quarantine: QuarantinedShard[] = [];
  leaseTtlMs = 2_000;
  heartbeatEveryMs = 50;
  commitResult: CommitResult = CommitResult.COMMITTED;
  directive: DirectiveKind = DirectiveKind.CONTINUE;
  /** Shards whose holder is asked to yield. */
  readonly wanted = new Set<string>();
  sessionLost = false;
  /** While true no call is answered. */
  silent = false;
  /** Errors to give to the next calls of a kind, first to last. */
  readonly failures: Partial<Record<Name, GrpcCode[]>> = {};
  /** Whether it gives leases with a commit that asks for them; earlier versions do not know of it. */
  knowsNext = true;
  /** So many grants of leases never reach the agent. */
  lostGrants = 0;
  heartbeats = 0;
  manifestsRead = 0;
  readonly #granted = new Map<string, Lease[]>();
  readonly #waiting = new Set<() => void>();
  #server: Server | undefined;
  #sessions = 0;
  port = 0;

  async start(port = 0): Promise<void> {
    this.#server = createServer();
    this.#server.add(AgentServiceDefinition, this.#agentService());
    const others = Object.keys(SweepServiceDefinition.methods).map((name) => [name, () => { throw new Error(`unreachable: an agent called ${name}`); }]);
    const sweeps = { ...Object.fromEntries(others), getManifest: async () => { this.manifestsRead++; return { objects: this.manifest }; }, listQuarantine: async () => ({ shards: this.quarantine }) } as SweepServiceImplementation;
    this.#server.add(SweepServiceDefinition, sweeps);
    this.port = await this.#server.listen(`127.0.0.1:${port}`);
  }

  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  async restart(): Promise<void> { await this.start(this.port); }

  /** The requests of one kind, oldest first, once there are `count` of them. */
  async seen<N extends keyof Requests>(name: N, count = 1): Promise<Requests[N][]> {
    const matching = (): Requests[N][] => this.calls.filter((call) => call.name === name).map((call) => call.request as Requests[N]);
    await this.until(() => matching().length >= count);
    return matching();
  }

  /** Waits until something holds; the test's own timeout ends a wait in vain. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => { this.#waiting.add(resolve); });
  }

  #agentService(): AgentServiceImplementation {
    return {
      register: async (request, context) => {
        await this.#enter('register', context);
        this.#note({ name: 'register', request });
        return { session: `session-${++this.#sessions}`, leaseTtlMs: this.leaseTtlMs, heartbeatEveryMs: this.heartbeatEveryMs };
      },
      acquireLeases: async (request, context) => {
        await this.#enter('acquire', context);
        this.#note({ name: 'acquire', request });
        let granted = this.#granted.get(request.requestId) ?? this.leases.splice(0, request.maxLeases);
        if (granted.length === 0) {
          await pause(request.waitMs, context.signal, () => this.leases.length > 0);
          granted = this.leases.splice(0, request.maxLeases);
        }
        this.#granted.set(request.requestId, granted);
        if (granted.length > 0 && this.lostGrants-- > 0) throw new ServerError(Status.UNAVAILABLE, 'the answer is lost on its way');
        return { leases: granted, leaseTtlMs: this.leaseTtlMs };
      },
      heartbeat: async (request, context) => {
        await this.#enter('heartbeat', context);
        this.heartbeats++;
        for (const lease of request.leases) this.progressSeen.push({ shardId: lease.shardId, fraction: lease.stepsDone });
        this.#wake();
        if (this.sessionLost) {
          this.sessionLost = false;
          return { sessionLost: true };
        }
        const directives: Directive[] = request.leases.map(({ shardId, fence }) => ({ shardId, fence, kind: this.wanted.has(shardId) ? DirectiveKind.YIELD : this.directive }));
        return { directives, leaseTtlMs: this.leaseTtlMs };
      },
      completeShard: async (request, context) => {
        await this.#enter('complete', context);
        this.#note({ name: 'complete', request });
        if (!this.knowsNext || request.next === undefined) return { result: this.commitResult };
        const { requestId, maxLeases } = request.next;
        const granted = this.#granted.get(requestId) ?? this.leases.splice(0, maxLeases);
        if (granted.length > 0) this.#granted.set(requestId, granted);
        if (granted.length > 0 && this.lostGrants-- > 0) throw new ServerError(Status.UNAVAILABLE, 'the answer is lost on its way');
        return { result: this.commitResult, leases: granted, leaseTtlMs: this.leaseTtlMs };
      },
      failShard: async (request, context) => {
        await this.#enter('fail', context);
        this.#note({ name: 'fail', request });
        return { outcome: FailOutcome.WILL_RETRY };
      },
      releaseLeases: async (request, context) => {
        await this.#enter('release', context);
        this.#note({ name: 'release', request });
        return { released: request.leases.length };
      },
    };
  }

  async #enter(name: Name, { signal, trailer }: CallContext): Promise<void> {
    if (this.silent) await pause(3_600_000, signal, () => !this.silent);
    const grpc = this.failures[name]?.shift();
    if (grpc === undefined) return;
    const wire = toGrpcError(new AtlasError({ code: `FAKE_${grpc}`, message: 'as the test wants it', help: 'none', grpc, details: {} }));
    trailer.set(errorTrailer, wire.trailer);
    throw wire.error;
  }

  #note<N extends keyof Requests>(call: { readonly name: N; readonly request: Requests[N] }): void {
    this.calls.push(call);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

async function pause(ms: number, signal: AbortSignal, early: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end && !early()) {
    signal.throwIfAborted();
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}
