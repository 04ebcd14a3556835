// Generates libs/proto/src/gen from libs/proto/proto with buf and ts-proto, both from node_modules, offline.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const proto = resolve('libs/proto');
const plugin = resolve('node_modules/.bin/protoc-gen-ts_proto');
const outputs = [
  { file: 'neuron_atlas.proto', opt: ['env=node', 'outputServices=nice-grpc', 'outputServices=generic-definitions', 'useExactTypes=false', 'forceLong=bigint', 'oneof=unions-value', 'enumsAsLiterals=true'] },
  { file: 'onnx.proto', opt: ['env=browser', 'outputServices=none', 'outputJsonMethods=false', 'outputPartialMethods=false', 'useExactTypes=false', 'forceLong=bigint', 'oneof=unions-value', 'enumsAsLiterals=true', 'useOptionals=none'] },
];
rmSync(join(proto, 'src/gen'), { recursive: true, force: true });
for (const { file, opt } of outputs) {
  const template = join(mkdtempSync(join(tmpdir(), 'buf-')), 'buf.gen.yaml');
  writeFileSync(template, JSON.stringify({
    version: 'v2',
    plugins: [{ local: plugin, out: join(proto, 'src/gen'), opt: ['esModuleInterop=true', 'importSuffix=.js', ...opt].join(',') }],
  }));
  execFileSync('node_modules/.bin/buf', ['generate', join(proto, 'proto'), '--template', template, '--path', join(proto, 'proto', file)], { stdio: 'inherit' });
}
