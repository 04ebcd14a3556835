// Runs the `*.webgpu.test.ts` files on ONNX Runtime's WebGPU provider. Where no Vulkan driver is named in VK_ICD_FILENAMES they
// run on SwiftShader, the software driver that Debian's Chromium brings, which is installed first where it is missing (as root).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { runVitest } from './run-vitest.mjs';

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loaders = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1'];

const env = { ...process.env };
if (env['VK_ICD_FILENAMES'] === undefined) {
  if (!existsSync(driver) || !loaders.some((loader) => existsSync(loader))) {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium', 'libvulkan1']]) {
      const { status } = spawnSync('apt-get', args, { stdio: 'inherit', env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } });
      if (status !== 0) throw new Error(`test:webgpu: apt-get ${args[0]} failed; name a Vulkan driver in VK_ICD_FILENAMES`);
    }
  }
  env['VK_ICD_FILENAMES'] = driver;
}
process.exitCode = await runVitest('vitest.webgpu.config.ts', process.argv.slice(2), env);
