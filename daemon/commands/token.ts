import { data, jsonLine, message } from '../output.ts'
import { createPeople } from '../parts/authority.ts'
import { operator, withFoundation } from '../tool.ts'

interface Common {
  config: string
  json?: boolean
}

/** `token create`: the secret goes to standard output, once. */
export const createTokenCommand = (
  options: Common & { user: string; ttl: number; label?: string },
): Promise<void> =>
  withFoundation(options.config, async (base) => {
    const { user, ttl, label } = options
    const token = await createPeople(base).createToken({
      user,
      ttl,
      by: operator(),
      ...(label ? { label } : {}),
    })
    if (options.json) return jsonLine({ ...token, expires: new Date(token.expires).toISOString() })
    message(`Token ${token.id} of ${user}, until ${new Date(token.expires).toISOString()}. It is shown once:`)
    data(token.secret)
  })

export const revokeTokenCommand = (id: string, options: Common): Promise<void> =>
  withFoundation(options.config, async (base) => {
    await createPeople(base).revokeToken(id, operator())
    if (options.json) jsonLine({ id, revoked: true })
    else message(`Token ${id} is revoked; every gateway knows within ten seconds.`)
  })

export const listTokensCommand = (options: Common & { user?: string }): Promise<void> =>
  withFoundation(options.config, async (base) => {
    const tokens = await createPeople(base).tokens(options.user)
    for (const token of tokens)
      if (options.json) jsonLine(token)
      else
        data(
          [
            token.id,
            token.user,
            token.expires,
            token.revoked ? `revoked ${token.revoked}` : 'valid',
            token.label ?? '',
          ].join('\t'),
        )
    if (tokens.length === 0) message('No tokens.')
  })
