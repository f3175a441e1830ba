import { data, jsonLine, message } from '../output.ts'
import { createPeople } from '../parts/authority.ts'
import { operator, withFoundation } from '../tool.ts'

interface Common {
  config: string
  json?: boolean
}

/** `token create`: the secret goes to standard output, once. With `--s3` it is an access key for the S3 door. */
export const createTokenCommand = (
  options: Common & { user: string; ttl: number; label?: string; s3?: boolean },
): Promise<void> =>
  withFoundation(options.config, async (base) => {
    const { user, ttl, label, s3 } = options
    const wanted = { user, ttl, by: operator(), ...(label ? { label } : {}) }
    const people = createPeople(base)
    if (s3) return printS3Key(await people.createS3Key(wanted), options)
    const token = await people.createToken(wanted)
    if (options.json) return jsonLine({ ...token, expires: new Date(token.expires).toISOString() })
    message(`Token ${token.id} of ${user}, until ${new Date(token.expires).toISOString()}. It is shown once:`)
    data(token.secret)
  })

/** Names as AWS's own tools have them: lines for a credentials file, or JSON as a `credential_process` prints it. */
function printS3Key(
  key: { accessKeyId: string; secretAccessKey: string; expires: number },
  { user, json }: { user: string; json?: boolean },
): void {
  const { accessKeyId, secretAccessKey } = key
  const expires = new Date(key.expires).toISOString()
  if (json) {
    jsonLine({
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Expiration: expires,
    })
    return
  }
  message(`Access key ${accessKeyId} of ${user}, until ${expires}. Its secret is shown once:`)
  data(`aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`)
}

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
            token.use ?? 'bearer',
            token.label ?? '',
          ].join('\t'),
        )
    if (tokens.length === 0) message('No tokens.')
  })
