// Runs the `*.s3.test.ts` files against a real S3 server: the one at S3_ENDPOINT, or a Ceph gateway that is started here and
// ended afterwards. On Debian, as root, the gateway's packages are installed first where they are missing.
//
//   S3_ENDPOINT=http://host:port S3_ACCESS_KEY=... S3_SECRET_KEY=... npm run test:s3 [-- vitest arguments]
import process from 'node:process';
import { runVitest } from './run-vitest.mjs';
import { startS3 } from './services/s3-server.mjs';

main().then((code) => { process.exitCode = code; }, (error) => {
  console.error(`test:s3: ${error.message}`);
  process.exitCode = 1;
});

async function main() {
  const server = await startS3();
  try {
    return await runVitest('vitest.s3.config.ts', process.argv.slice(2), server.env);
  } finally {
    server.stop();
  }
}
