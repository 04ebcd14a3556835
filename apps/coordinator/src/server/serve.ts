import { AccessServiceDefinition, AgentServiceDefinition, SweepServiceDefinition } from '@neuron-atlas/proto';
import { serverCredentials, type TlsFiles } from '@neuron-atlas/proto/tls';
import { traceServerCalls } from '@neuron-atlas/telemetry/tracing';
import { createServer, type ServerMiddleware } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import type { Logger } from 'pino';
import { authorise, type Access } from '../access/authorise.js';
import { tellCertificate } from '../access/certificate-of.js';
import { errors } from '../errors.js';
import { accessService, agentService, sweepService } from '../rpc/index.js';
import type { Deps } from '../rpc/deps.js';
import { reportErrors } from './report-errors.js';

export interface GrpcServer {
  readonly port: number;
  /** Tells health checks that it goes, takes no more calls, lets those under way end for up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const MiB = 1024 * 1024;

/** `watch` sees every call from outside: its result, and the error as the client gets it. Errors: COORDINATOR_PORT_IN_USE, COORDINATOR_CANNOT_LISTEN. */
export async function serve(deps: Deps, access: Access, listen: { readonly host: string; readonly port: number; readonly tls?: TlsFiles | undefined }, log: Logger, watch: ServerMiddleware): Promise<GrpcServer> {
  const health = HealthState();
  const services = ['', AgentServiceDefinition.fullName, SweepServiceDefinition.fullName, AccessServiceDefinition.fullName]; // '' is the server as a whole
  for (const service of services) health.setStatus('healthy', service);
  const options = {
    'grpc.max_receive_message_length': 64 * MiB, // a plan of many thousand layers
    'grpc.max_send_message_length': 64 * MiB,
    'grpc.so_reuseport': 0, // two coordinators on one port would share its calls without knowing
    'grpc.enable_channelz': 0, // nobody can ask for what it counts of every call
    interceptors: [tellCertificate],
  };
  const server = createServer(options).use(watch).use(traceServerCalls).use(reportErrors(log)).use(authorise(access));
  server.add(AgentServiceDefinition, agentService(deps));
  server.add(SweepServiceDefinition, sweepService(deps));
  server.add(AccessServiceDefinition, accessService(deps));
  server.add(HealthDefinition, HealthServiceImpl(health));
  const address = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
  let port: number;
  try {
    port = await server.listen(address, listen.tls === undefined ? undefined : serverCredentials(listen.tls));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw /EADDRINUSE|already in use/.test(reason) ? errors.portInUse({ listen: address }, error) : errors.cannotListen({ listen: address, reason }, error);
  }
  return {
    port,
    stop: async (graceMs) => {
      for (const service of services) health.setStatus('unhealthy', service);
      // tryShutdown never resolves while a peer reads a stream half (grpc-node #1458, #1664): it gets a time of its own.
      let late: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => { late = setTimeout(resolve, graceMs); });
      await Promise.race([server.shutdown(), timeout]);
      clearTimeout(late);
      server.forceShutdown();
    },
  };
}
