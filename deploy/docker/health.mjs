// The health check of an image: asks the process beside it whether it lives. Needs no curl in the image.
const port = process.env.HEALTH_PORT ?? '9464';
const response = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(3000) }).catch((error) => ({ ok: false, status: error.message }));
if (!response.ok) {
  console.error(`not alive: ${response.status}`);
  process.exit(1);
}
