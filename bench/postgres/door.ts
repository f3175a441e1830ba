import {
  approvalsConfig,
  connectionConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../gateway/port.ts'
import { startWholeGateway } from '../../test/support/gateway.ts'
import { ready } from '../http/child.ts'

/** The door with all controls: token, statement, policy, masking, windows, event, encrypted recording, spool. */
const [port, password] = process.argv.slice(2)
const config = {
  identity: identityConfig.parse({ users: [{ id: 'u1', team: 'search', roles: ['ml-engineer'] }] }),
  connections: [
    connectionConfig.parse({
      name: 'warehouse',
      protocol: 'postgres',
      listen: '127.0.0.1:0',
      tables: [{ name: 'public.spans', trace_id: 'trace_id', time: 'start_time', structural: ['model'] }],
      backend: {
        host: '127.0.0.1',
        port: Number(port),
        database: 'postgres',
        user: 'reader',
        password,
        tls: 'off',
      },
    }),
  ],
  masking: maskingConfig.parse({ fields: [{ name: 'customer', paths: ['**.customer'] }] }),
  // The load is one reader who reads all the time: what is measured is the way, not the limits.
  policy: policyConfig.parse({
    builtin: { approve_multiple: false },
    limits: { max_traces: 1e9, window_approval: 1e9, window_block: 1e9 },
  }),
  approvals: approvalsConfig.parse({}),
  recording: recordingConfig.parse({}),
}
const { gateway, token, close } = await startWholeGateway({ config, spool: { max: '64GiB' } })
process.once('SIGTERM', async () => {
  await close()
  process.exit(0)
})
ready(gateway.addresses().warehouse ?? '', await token('u1'))
