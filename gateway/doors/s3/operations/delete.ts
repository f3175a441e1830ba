import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { releaseWhole } from '../release.ts'
import { checkedKey } from '../request/target.ts'
import type { S3Request } from '../s3-request.ts'
import { elementsOf, textOf } from '../xml/parse.ts'
import { printXml } from '../xml/print.ts'
import { answerXml, sendXml, xmlBody } from './multipart.ts'

const MOST = 1000

/** DeleteObject. What is not there is deleted too, as S3 has it. */
export async function deleteObject(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const answer = await door.backend.send({ method: 'DELETE', bucket, key })
  answer.discard()
  await releaseWhole(door, x, { status: 204 })
}

/** DeleteObjects: every key in its one form, no versions. */
export async function deleteObjects(door: Door, x: S3Request): Promise<void> {
  const wanted = elementsOf(await xmlBody(door, x), 'Delete')[0]
  const objects = elementsOf(wanted, 'Object')
  if (objects.length === 0 || objects.length > MOST)
    throw fail('TW_S3_XML', { problem: 'it names no key, or too many' })
  const keys = objects.map((object) => {
    if (textOf(object.VersionId) !== '')
      throw fail('TW_S3_ARGUMENT', { name: 'VersionId', problem: 'older versions are not deleted here' })
    const key = textOf(object.Key)
    if (key === '') throw fail('TW_S3_XML', { problem: 'a key is empty' })
    return checkedKey(key)
  })
  const body = Buffer.from(printXml('Delete', { Object: keys.map((Key) => ({ Key })) }))
  const document = await sendXml(door, x, [['delete', '']], body)
  if (!document) throw fail('TW_S3_NO_BUCKET')
  const result = elementsOf(document, 'DeleteResult')[0]
  const quiet = textOf(wanted?.Quiet) === 'true'
  await answerXml(door, x, 'DeleteResult', {
    Deleted: quiet ? [] : elementsOf(result, 'Deleted').map((entry) => ({ Key: textOf(entry.Key) })),
    Error: elementsOf(result, 'Error').map((entry) => ({
      Key: textOf(entry.Key),
      Code: /^[A-Za-z]{1,64}$/.test(textOf(entry.Code)) ? textOf(entry.Code) : 'InternalError',
      Message: 'The S3 service behind the gateway did not delete it.',
    })),
  })
}
