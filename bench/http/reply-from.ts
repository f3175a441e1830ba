import replyFrom from '@fastify/reply-from'
import { fastify } from 'fastify'
import { ready } from './child.ts'

/** What the door is measured against: a bare proxy on the same backend. */
const app = fastify()
await app.register(replyFrom, { base: `http://${process.argv[2]}`, undici: { connections: 128 } })
app.all('/*', (request, reply) => reply.from(request.url))
await app.listen({ host: '127.0.0.1', port: 0 })
ready(app.server.address())
