import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from './port.ts'

const VERSION = '8.19.21'
const ARTIFACT = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${VERSION}:zip`
/** The one line that gets it, for NOT RUN. */
export const HOW = `mvn dependency:get -Dartifact=${ARTIFACT} -Dtransitive=false (and a JDK 17 or later), or set ELASTICSEARCH_URL`

export interface Elasticsearch {
  url: string
  /** Ends the process and removes its data. */
  stop(): Promise<void>
}

/**
 * A real Elasticsearch: that of ELASTICSEARCH_URL, which may be starting still, or one started here.
 * @returns undefined where it cannot be had; HOW says how it could.
 */
export async function startElasticsearch(heap?: string): Promise<Elasticsearch | undefined> {
  const url = process.env.ELASTICSEARCH_URL
  if (url) {
    await healthy(url, () => false, '')
    return { url, stop: () => Promise.resolve() }
  }
  const starting = await launchElasticsearch(heap)
  await starting?.ready
  return starting
}

/**
 * A single node of the version above, as a user other than root, on free ports, with its data in a temporary directory.
 * It takes 16 to 60 s until it is ready.
 * @returns undefined where it cannot be had; HOW says how it could.
 */
export async function launchElasticsearch(
  heap = '512m',
): Promise<(Elasticsearch & { ready: Promise<void> }) | undefined> {
  const java = findJava()
  const home = java && installed()
  if (!java || !home) return undefined
  const user = someoneElse()
  const work = mkdtempSync(join(tmpdir(), 'tracewarden-es-'))
  const [http, transport] = [await freePort(), await freePort()]
  for (const name of ['config', 'tmp']) mkdirSync(join(work, name))
  cpSync(join(home, 'config'), join(work, 'config'), { recursive: true })
  writeFileSync(join(work, 'config', 'elasticsearch.yml'), settings(work, http, transport))
  if (user) own(work, user)

  const child = spawn(join(home, 'bin', 'elasticsearch'), ['-p', join(work, 'pid')], {
    cwd: work,
    stdio: 'ignore',
    ...(user ?? {}),
    env: {
      PATH: process.env.PATH,
      HOME: work,
      ES_JAVA_HOME: java,
      ES_PATH_CONF: join(work, 'config'),
      ES_TMPDIR: join(work, 'tmp'),
      ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap}`,
    },
  })
  const stop = () => end(child, work)
  const url = `http://127.0.0.1:${http}`
  const ended = () => child.exitCode !== null || child.signalCode !== null
  const ready = healthy(url, ended, join(work, 'logs', 'tracewarden.log')).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { url, ready, stop }
}

const settings = (work: string, http: number, transport: number) => `cluster.name: tracewarden
node.name: test
path.data: ${work}/data
path.logs: ${work}/logs
network.host: 127.0.0.1
http.port: ${http}
transport.port: ${transport}
discovery.type: single-node
xpack.security.enabled: false
node.store.allow_mmap: false
cluster.routing.allocation.disk.threshold_enabled: false
`

function findJava(): string | undefined {
  const given = process.env.ES_JAVA_HOME ?? process.env.JAVA_HOME
  if (given) return given
  const which = spawnSync('which', ['java'], { encoding: 'utf8' }).stdout?.trim()
  return which ? dirname(dirname(realpathSync(which))) : undefined
}

/** The unpacked distribution in the cache; fetched through Maven where it is not on this machine. */
function installed(): string | undefined {
  const cache = cacheDirectory()
  const home = join(cache, `elasticsearch-${VERSION}`)
  if (existsSync(join(home, 'bin', 'elasticsearch'))) return home
  const repository = join(homedir(), '.m2', 'repository')
  const zip = join(
    repository,
    'org/elasticsearch/distribution/integ-test-zip/elasticsearch',
    VERSION,
    `elasticsearch-${VERSION}.zip`,
  )
  if (!existsSync(zip))
    spawnSync('mvn', ['-q', 'dependency:get', `-Dartifact=${ARTIFACT}`, '-Dtransitive=false'], {
      stdio: 'ignore',
    })
  if (!existsSync(zip)) return undefined
  mkdirSync(cache, { recursive: true })
  const unpacked = mkdtempSync(join(cache, 'unpack-'))
  const tools: [string, string[]][] = [
    ['unzip', ['-q', zip, '-d', unpacked]],
    ['python3', ['-m', 'zipfile', '-e', zip, unpacked]],
    ['jar', ['xf', zip]],
  ]
  if (!tools.some(([tool, args]) => spawnSync(tool, args, { cwd: unpacked, stdio: 'ignore' }).status === 0))
    return undefined
  const fresh = join(unpacked, `elasticsearch-${VERSION}`)
  execFileSync('chmod', ['-R', 'a+rX', fresh])
  for (const script of [
    'elasticsearch',
    'elasticsearch-cli',
    'elasticsearch-env',
    'elasticsearch-env-from-file',
  ])
    chmodSync(join(fresh, 'bin', script), 0o755)
  try {
    renameSync(fresh, home)
  } catch (error) {
    // Another test run was faster.
    if (!existsSync(join(home, 'bin', 'elasticsearch'))) throw error
  }
  rmSync(unpacked, { recursive: true, force: true })
  return home
}

/** The user's cache; for root one that other users can enter, because Elasticsearch does not run as root. */
function cacheDirectory(): string {
  const wanted = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tracewarden')
  if (process.getuid?.() !== 0) return wanted
  mkdirSync(wanted, { recursive: true })
  for (let path = wanted; path !== dirname(path); path = dirname(path))
    if ((statSync(path).mode & 0o001) === 0) return '/var/cache/tracewarden'
  return wanted
}

function someoneElse(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
  const [, , uid, gid] = entry?.split(':') ?? []
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) }
}

function own(path: string, { uid, gid }: { uid: number; gid: number }): void {
  execFileSync('chown', ['-R', `${uid}:${gid}`, path])
}

async function healthy(url: string, ended: () => boolean, log: string): Promise<void> {
  for (const deadline = Date.now() + 300_000; ; ) {
    const answer = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`).catch(
      () => undefined,
    )
    await answer?.body?.cancel()
    if (answer?.ok) return
    if (!ended() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 250))
    else throw new Error(`Elasticsearch did not start: ${tail(log)}`)
  }
}

const tail = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').slice(-2000) : 'no log')

/** By pid only: the launcher is asked, and what is left of the server after 20 s is killed. */
async function end(child: ChildProcess, work: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const timer = setTimeout(() => {
      const pid = existsSync(join(work, 'pid')) ? Number(readFileSync(join(work, 'pid'), 'utf8')) : undefined
      if (pid) process.kill(pid, 'SIGKILL')
      child.kill('SIGKILL')
    }, 20_000)
    await exited
    clearTimeout(timer)
  }
  rmSync(work, { recursive: true, force: true })
}
