import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('AGENT', {
  badOption: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { option: string; value: string; expected: string }) => `${d.option} is '${d.value}', expected ${d.expected}`,
    help: 'correct the option; neuron-atlas-agent --help lists them all',
  },
  unknownOption: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { argument: string; detail: string }) => `'${d.argument}' is not understood: ${d.detail}`,
    help: 'run neuron-atlas-agent --help for the options',
  },
  coordinatorUnreachable: {
    grpc: 'UNAVAILABLE',
    message: (d: { address: string; waitedMs: number; detail: string }) => `no coordinator answers at ${d.address} after ${d.waitedMs} ms (${d.detail})`,
    help: 'start the coordinator, correct --coordinator, or wait longer with --connect-timeout-ms',
  },
  engineNotStarted: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { detail: string; lastLines: readonly string[] }) => `the engine did not start: ${d.detail}${tail(d.lastLines)}`,
    help: 'choose another --provider, or run neuron-atlas doctor',
  },
  engineExited: {
    grpc: 'INTERNAL',
    message: (d: { exitCode: number | null; signal: string | null; phase: string; lastLines: readonly string[] }) =>
      `the engine died while in phase ${d.phase} (${d.signal === null ? `exit code ${d.exitCode}` : `signal ${d.signal}`})${tail(d.lastLines)}`,
    help: 'look at the last lines of the engine and at the memory of this machine; a smaller batch needs less',
  },
  engineStalled: {
    grpc: 'DEADLINE_EXCEEDED',
    message: (d: { phase: string; silentMs: number }) => `the engine made no progress for ${d.silentMs} ms in phase ${d.phase} and was killed`,
    help: 'check the device of this agent, or make the batch smaller',
  },
  fault: {
    grpc: 'INTERNAL',
    message: (d: { name: string; message: string; stack: string }) => `the agent failed with ${d.name}: ${d.message}`,
    help: 'report this with the shard and the spec: it is a fault of the program',
  },
  badTask: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shardId: string; field: string; detail: string }) => `the task of shard ${d.shardId} has a wrong ${d.field}: ${d.detail}`,
    help: 'run agent and coordinator of the same version',
  },
  partChanged: {
    grpc: 'DATA_LOSS',
    message: (d: { file: string; expected: string; actual: string }) => `the result file ${d.file} has sha256 ${d.actual} after it was written with ${d.expected}`,
    help: 'check the disk of the scratch folder',
  },
  objectDiffers: {
    grpc: 'DATA_LOSS',
    message: (d: { key: string; expected: string; actual: string }) => `the store has ${d.actual} in the place of ${d.key}, which is ${d.expected}`,
    help: 'check the store: it answered that it had written the object',
  },
  modelChanged: {
    grpc: 'DATA_LOSS',
    message: (d: { key: string; expected: string; actual: string }) => `the model at ${d.key} has sha256 ${d.actual}, the plan says ${d.expected}`,
    help: 'restore the model in the output, or submit the sweep anew',
  },
  foreignData: {
    grpc: 'DATA_LOSS',
    message: (d: { key: string; location: string }) => `the model at ${d.key} keeps weights in ${d.location}, which is not named by its content`,
    help: 'submit the sweep anew with this version, which stores the weights of a model under their sha256',
  },
  sampleChanged: {
    grpc: 'DATA_LOSS',
    message: (d: { id: string; expected: string; actual: string }) => `${d.id} has sha256 ${d.actual}, when the data set was read it had ${d.expected}`,
    help: 'restore the file, or run the sweep anew: a data set must stay as it is while it is read',
  },
  notInAPod: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { missing: readonly string[] }) => `--pod-deletion-cost needs a pod, and ${d.missing.join(', ')} is not set`,
    help: 'give POD_NAME and POD_NAMESPACE in the manifest (deploy/k8s/components/deletion-cost), or leave the option out',
  },
  annotationRefused: {
    grpc: 'PERMISSION_DENIED',
    message: (d: { pod: string; status: number; detail: string }) => `the annotation of pod ${d.pod} was refused with status ${d.status}: ${d.detail}`,
    help: 'let the service account patch pods of its namespace (deploy/k8s/components/deletion-cost)',
  },
  diskFailed: {
    grpc: 'UNAVAILABLE',
    message: (d: { path: string; detail: string }) => `${d.path} cannot be used: ${d.detail}`,
    help: 'check the space and the permissions of --cache and --scratch',
  },
});

const tail = (lines: readonly string[]): string => (lines.length === 0 ? '' : `; last lines: ${lines.slice(-3).join(' | ')}`);
