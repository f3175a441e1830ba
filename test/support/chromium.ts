import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The one line that gets it, for NOT RUN. */
export const HOW = 'apt-get install -y chromium, or set CHROMIUM to a Chromium of yours'

/** A Chromium's path; as root on Debian it is installed where there is none. Undefined: not to be had here. */
export function findChromium(install: boolean): string | undefined {
  const there = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path))
  if (there || !install || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return there
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' })
  spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], { env, stdio: 'ignore' })
  return PLACES.find((path) => existsSync(path))
}

/** Headless, and quiet towards the outside. */
export const launchChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    timeout: 180_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  })
