// Runs the `*.s3.test.ts` files against a real S3 server: the one at S3_ENDPOINT, or a Ceph gateway that is started here and
// ended afterwards. On Debian, as root, the gateway's packages are installed first where they are missing.
//
//   S3_ENDPOINT=http://host:port S3_ACCESS_KEY=... S3_SECRET_KEY=... npm run test:s3 [-- vitest arguments]
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startS3 } from './services/s3-server.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

main().then((code) => { process.exitCode = code; }, (error) => {
  console.error(`test:s3: ${error.message}`);
  process.exitCode = 1;
});

async function main() {
  const server = await startS3();
  try {
    return await run(['run', '--config', 'vitest.s3.config.ts', ...process.argv.slice(2)], { ...process.env, ...server.env });
  } finally {
    server.stop();
  }
}

function run(args, env) {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, ...args], { cwd: root, env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => { resolve(code ?? 1); });
  });
}
