import { createServer } from 'node:http'
import { traceBody } from './body.ts'
import { ready } from './child.ts'

/** The trace store of the benchmark: a plain node:http server that answers one body. */
const body = traceBody(Number(process.argv[2]))
const server = createServer((_req, res) => {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  res.end(body)
})
server.listen(0, '127.0.0.1', () => ready(server.address()))
