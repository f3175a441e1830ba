import { collectAlone } from '../../core/heap.ts'
import {
  approvalsConfig,
  connectionConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../gateway/port.ts'
import { startWholeGateway } from '../../test/support/gateway.ts'
import { ready } from './child.ts'

/** The door with all controls: token, policy, masking, windows, event, encrypted recording, spool. */
collectAlone()
const [backend, sync] = process.argv.slice(2)
const config = {
  identity: identityConfig.parse({ users: [{ id: 'u1', team: 'search', roles: ['ml-engineer'] }] }),
  connections: [
    connectionConfig.parse({
      name: 'mlflow',
      profile: 'mlflow',
      listen: '127.0.0.1:0',
      backend: `http://${backend}`,
    }),
  ],
  masking: maskingConfig.parse({
    fields: [{ name: 'reasoning', paths: ['**.reasoning_content'], hidden: false }],
  }),
  policy: policyConfig.parse({}),
  approvals: approvalsConfig.parse({}),
  recording: recordingConfig.parse({}),
}
const { gateway, token, close } = await startWholeGateway({ config, spool: { sync, max: '64GiB' } })
process.once('SIGTERM', async () => {
  await close()
  process.exit(0)
})
ready(gateway.addresses().mlflow ?? '', await token('u1'))
