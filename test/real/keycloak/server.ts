import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { answers, freePort, launch, type Running } from '../process.ts'

const VERSION = '26.4.0'
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`
/** The one line that gets it, for NOT RUN. */
export const HOW = `mvn dependency:get -Dartifact=${ARTIFACT} -Dtransitive=false (and a JDK 17 or later)`

export interface Keycloak {
  server: Running
  issuer: string
  /** Signs SAML assertions, PEM. */
  certificate: string
}

/** A real Keycloak with the realm beside this file, unpacked anew so that nothing of an earlier run is in it. */
export async function startKeycloak(
  scratch: string,
  addresses: { console: string; door: string },
): Promise<Keycloak | undefined> {
  const home = unpacked(scratch)
  if (!home) return undefined
  const realm = readFileSync(join(import.meta.dirname, 'realm.json'), 'utf8')
    .replaceAll('CONSOLE', addresses.console)
    .replaceAll('DOOR', addresses.door)
  mkdirSync(join(home, 'data', 'import'), { recursive: true })
  writeFileSync(join(home, 'data', 'import', 'corp-realm.json'), realm)
  const port = await freePort()
  const args = ['start-dev', '--import-realm', '--http-host=127.0.0.1', `--http-port=${port}`]
  const server = launch(join(home, 'bin', 'kc.sh'), args, {
    cwd: home,
    env: { ...process.env, JAVA_OPTS_APPEND: '-Xmx512m' },
    log: join(scratch, 'keycloak.log'),
  })
  const issuer = `http://127.0.0.1:${port}/realms/corp`
  if (!(await server.until(() => answers(`${issuer}/.well-known/openid-configuration`), 360_000))) {
    await server.stop()
    throw new Error(`Keycloak did not start: ${readFileSync(server.log, 'utf8').slice(-2000)}`)
  }
  const descriptor = await (await fetch(`${issuer}/protocol/saml/descriptor`)).text()
  const der = /X509Certificate>([^<]+)</.exec(descriptor)?.[1] ?? ''
  const lines = der.match(/.{1,64}/g) ?? []
  const certificate = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return { server, issuer, certificate }
}

/** Fetched through Maven where it is not on this machine. */
function unpacked(scratch: string): string | undefined {
  const place = `org/keycloak/keycloak-quarkus-dist/${VERSION}/keycloak-quarkus-dist-${VERSION}.zip`
  const zip = join(homedir(), '.m2', 'repository', place)
  const get = ['-q', 'dependency:get', `-Dartifact=${ARTIFACT}`, '-Dtransitive=false']
  if (!existsSync(zip)) spawnSync('mvn', get, { stdio: 'ignore' })
  if (!existsSync(zip) || spawnSync('java', ['-version']).status !== 0) return undefined
  const tools: [string, string[]][] = [
    ['unzip', ['-qo', zip, '-d', scratch]],
    ['jar', ['xf', zip]],
  ]
  if (!tools.some(([tool, args]) => spawnSync(tool, args, { cwd: scratch, stdio: 'ignore' }).status === 0))
    return undefined
  const home = join(scratch, `keycloak-${VERSION}`)
  spawnSync('chmod', ['+x', join(home, 'bin', 'kc.sh')])
  return home
}
