import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { FORMATS } from '../collector/port.ts'
import { iso } from '../core/clock.ts'
import { CodedError } from '../core/errors.ts'
import { VERSION } from '../core/version.ts'
import { alertsCommand } from './commands/alerts.ts'
import { backtestCommand } from './commands/backtest.ts'
import { canariesCommand } from './commands/canaries.ts'
import { checkCommand } from './commands/check.ts'
import { demoCommand } from './commands/demo.ts'
import { eraseCommand } from './commands/erase.ts'
import { importCommand } from './commands/import.ts'
import { loginCommand, logoutCommand, printTokenCommand } from './commands/login.ts'
import { reconcileCommand } from './commands/reconcile.ts'
import { replayCommand } from './commands/replay.ts'
import { signCommand } from './commands/sign.ts'
import { startCommand } from './commands/start.ts'
import { createTokenCommand, listTokensCommand, revokeTokenCommand } from './commands/token.ts'
import { verifyCommand } from './commands/verify.ts'
import { ConfigError } from './config/load.ts'
import { isAddress } from './http.ts'
import { ALL_ROLES, parseRoles, type Role } from './roles.ts'
import { parseDuration } from './units.ts'

/** Exit 0: done. 1: the answer is no. 2: wrong use or wrong config. */
const WRONG = 2

function roles(text: string): readonly Role[] {
  const parsed = parseRoles(text)
  if (!parsed) throw new InvalidArgumentError(`expected some of ${ALL_ROLES.join(', ')}, separated by commas`)
  return parsed
}

function lifetime(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('expected a duration such as 30m, 8h or 30d')
  return ms
}

function time(text: string): string {
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new InvalidArgumentError('expected a time such as 2026-11-01T00:00:00Z')
  return iso(at)
}

function address(text: string): string {
  if (!isAddress(text)) throw new InvalidArgumentError('expected host:port, such as 127.0.0.1:7400')
  return text
}

const config = () =>
  new Option('--config <file>', 'the config file').env('TRACEWARDEN_CONFIG').default('tracewarden.yaml')
const alertFormat = () =>
  new Option('--format <format>', 'json as the API gives them, or OCSF Detection Findings')
    .choices(['json', 'ocsf'])
    .default('json')
const json = () => new Option('--json', 'answer for machines')

const program = new Command('tracewarden')
  .description('Insider-threat gateway and detection for the reasoning traces of AI systems.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError()

program
  .command('start')
  .description('the daemon; all roles in one process by default')
  .addOption(config())
  .addOption(
    new Option('--roles <roles>', 'gateway, collector, detectors, alerts')
      .argParser(roles)
      .default(ALL_ROLES, 'all'),
  )
  .addOption(
    new Option('--console <address>', 'host:port of the console, instead of the config’s').argParser(address),
  )
  .action(startCommand)
program
  .command('demo')
  .description('the daemon with a sample trace store and an insider playing against it')
  .option('--data <directory>', 'where it keeps its files', './data')
  .addOption(
    new Option('--console <address>', 'host:port of the console')
      .argParser(address)
      .default('127.0.0.1:7400'),
  )
  .addOption(
    new Option('--door <address>', 'host:port of the door').argParser(address).default('127.0.0.1:7410'),
  )
  .option('--no-story', 'only the company and its store: play yourself')
  .action(demoCommand)
program
  .command('check')
  .description('validates the config and prints the policy in force')
  .addOption(config())
  .addOption(json())
  .action(checkCommand)
program
  .command('canaries')
  .description('the decoys that config plants: where they stand, and what to watch for elsewhere')
  .addOption(config())
  .addOption(json())
  .option('--values', 'their credentials too; for admins, and recorded')
  .option('--as <user>', 'who asks for the values')
  .option('--reason <text>', 'why')
  .action(canariesCommand)
program
  .command('backtest')
  .description('runs the detectors, as configured, over past events; alerts and a summary as NDJSON')
  .addOption(config())
  .addOption(json())
  .option('--events <files...>', 'NDJSON of session events, plain or gzip')
  .addOption(new Option('--store', 'the history of the config’s own store instead').conflicts('events'))
  .option('--labels <file>', 'what is known to have happened: adds recall, delay and false alerts')
  .addOption(
    new Option('--compare <config>', 'what this other config would gain and lose').conflicts('scores'),
  )
  .option('--scores <file>', 'writes every judgement there, alert or not')
  .addOption(alertFormat().conflicts('compare'))
  .action(backtestCommand)
program
  .command('alerts')
  .description('the store’s alerts as NDJSON, newest first, for another system to take')
  .addOption(config())
  .addOption(alertFormat())
  .addOption(
    new Option('--status <status>', 'only these').choices([
      'open',
      'acknowledged',
      'investigating',
      'closed',
    ]),
  )
  .addOption(new Option('--from <time>', 'from then on, RFC 3339').argParser(time))
  .addOption(new Option('--to <time>', 'before then').argParser(time))
  .action(alertsCommand)
program
  .command('import')
  .description('past session logs into the store, so that baselines start warm')
  .addOption(config())
  .addOption(json())
  .addOption(new Option('--format <format>', 'of the files').choices(Object.keys(FORMATS)).default('ecs'))
  .argument('<files...>')
  .action(importCommand)
program
  .command('replay')
  .description('what was displayed in a recorded session, in order, as the client saw it')
  .argument('<session>')
  .addOption(config())
  .addOption(json())
  .requiredOption('--as <user>', 'who opens it; it is recorded')
  .requiredOption('--reason <text>', 'why; it is recorded')
  .action(replayCommand)
program
  .command('erase')
  .description(
    'takes a person’s recordings, names and addresses out of the store; the record of what was done stays',
  )
  .argument('<user>')
  .addOption(config())
  .addOption(json())
  .requiredOption('--as <user>', 'the admin who erases; it is recorded')
  .requiredOption('--reason <text>', 'why; it is recorded')
  .action(eraseCommand)
program
  .command('verify')
  .description('checks the audit chain in the store; names the first missing or altered record')
  .addOption(config())
  .addOption(json())
  .action(verifyCommand)

program
  .command('reconcile')
  .description(
    'finds reads in a store’s own audit log that did not come through the gateway, and records them',
  )
  .addOption(config())
  .addOption(json())
  .addOption(
    new Option('--format <format>', 'of the log').choices(['pgaudit', 'cloudtrail']).makeOptionMandatory(),
  )
  .option('--expect <credentials...>', 'database roles or access keys that read there by right', [])
  .option('--address <addresses...>', 'of the gateways: their credential from elsewhere is told too', [])
  .addOption(
    new Option('--tolerance <duration>', 'how far clocks may differ')
      .argParser(lifetime)
      .default(30e3, '30s'),
  )
  .argument('<files...>')
  .action(reconcileCommand)
program
  .command('sign')
  .description('an admin’s signature over the config file, where policy.changes asks for it')
  .addOption(config())
  .addOption(json())
  .requiredOption('--as <user>', 'who signs, as policy.changes.signers names them')
  .requiredOption('--key <file>', 'their private key; made where there is none')
  .action(signCommand)

const provider = () => new Option('--provider <name>', 'of several providers')

program
  .command('login')
  .description('signs in with your identity provider, in a browser wherever you have one')
  .addOption(config())
  .addOption(
    new Option('--server <url>', 'the console to ask for providers, instead of a config').env(
      'TRACEWARDEN_SERVER',
    ),
  )
  .addOption(provider())
  .addOption(json())
  .action(loginCommand)
program
  .command('logout')
  .description('forgets the login')
  .addOption(provider())
  .addOption(json())
  .action(logoutCommand)

const token = program
  .command('token')
  .description('prints the access token of your login; below it, credentials for tools that cannot do OIDC')
  .addOption(provider())
  .action(printTokenCommand)
token
  .command('create')
  .addOption(config())
  .addOption(json())
  .requiredOption('--user <id>', 'whose')
  .addOption(
    new Option('--ttl <duration>', 'how long it lives').argParser(lifetime).default(8 * 3600e3, '8h'),
  )
  .option('--label <text>', 'what it is for')
  .option('--s3', 'an access key for the S3 door instead')
  .action(createTokenCommand)
token.command('revoke').argument('<id>').addOption(config()).addOption(json()).action(revokeTokenCommand)
token
  .command('list')
  .addOption(config())
  .addOption(json())
  .option('--user <id>', 'only theirs')
  .action(listTokensCommand)

/** What the one who typed the command got wrong. */
const MISUSE =
  /^TW_(CONFIG_|IMPORT_UNREADABLE|DETECTORS_(LABELS|CONFIG)_INVALID|OUTPUT_UNWRITABLE|RECONCILE_NOTHING|USER_UNKNOWN|LOGIN_(PROVIDER|SERVER))/

// Whoever reads our output may have enough of it: `… | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG
  else if (error instanceof CodedError) {
    const places = error instanceof ConfigError ? `${error.print()}\n` : ''
    process.stderr.write(`${places}${error.message}\n${error.hint}\n(${error.code})\n`)
    process.exitCode = MISUSE.test(error.code) ? WRONG : 1
  } else throw error
}
