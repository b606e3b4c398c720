import { existsSync, readdirSync } from 'node:fs';

/** Variables that name the drivers of Vulkan. */
const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/** Drivers that draw on the CPU: SwiftShader, and Mesa's lavapipe. */
const softwareDriver = /swiftshader|lvp|lavapipe/i;

/** Devices of GPUs that are not `/dev/dri/renderD…`: NVIDIA's own, Windows' below Linux, Arm's, Qualcomm's. */
const otherDevices = ['nvidia0', 'dxg', 'mali0', 'kgsl-3d0'] as const;

/** What is looked at. */
export interface Surroundings {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder `/dev`. */
  readonly devices: string;
}

/** An objection where WebGPU would compute on the CPU. The engine does not tell, but Linux shows its GPUs as files. */
export function softwareRendering(
  { platform, environment, devices }: Surroundings = {
    platform: process.platform,
    environment: process.env,
    devices: '/dev',
  },
): string | undefined {
  if (platform !== 'linux') return undefined;
  for (const variable of driverVariables) {
    if (softwareDriver.test(environment[variable] ?? '')) {
      return `${variable} chooses a driver that renders in software, which is slower than the cpu backend`;
    }
  }
  return hasGpu(devices) ? undefined : `there is no GPU in ${devices}`;
}

function hasGpu(devices: string): boolean {
  const drm = `${devices}/dri`;
  if (existsSync(drm) && readdirSync(drm).some((name) => name.startsWith('renderD'))) return true;
  return otherDevices.some((name) => existsSync(`${devices}/${name}`));
}
