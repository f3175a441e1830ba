import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { OperationName } from '../request/operations.ts'
import type { S3Request } from '../s3-request.ts'
import { bucketLocation, createBucket, headBucket, listBuckets } from './buckets.ts'
import { deleteObject, deleteObjects } from './delete.ts'
import { getObject, headObject } from './get-object.ts'
import { listObjects } from './list-objects.ts'
import { abortUpload, beginUpload, completeUpload, listParts, uploadPart } from './multipart.ts'
import { putObject } from './put-object.ts'

type Handler = (door: Door, x: S3Request) => Promise<void>

const HANDLERS: Partial<Readonly<Record<OperationName, Handler>>> = {
  ListBuckets: listBuckets,
  HeadBucket: headBucket,
  CreateBucket: createBucket,
  GetBucketLocation: bucketLocation,
  ListObjectsV2: listObjects,
  ListObjects: listObjects,
  GetObject: getObject,
  HeadObject: headObject,
  PutObject: putObject,
  CreateMultipartUpload: beginUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  ListParts: listParts,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
}

/** What policy let pass is done here. Copies, exports and configuration are not, whatever policy says. */
export async function perform(door: Door, x: S3Request): Promise<void> {
  const handler = HANDLERS[x.operation!.name]
  if (!handler)
    throw fail('TW_S3_ARGUMENT', {
      name: 'operation',
      problem: 'not offered by this gateway',
      s3: 'NotImplemented',
    })
  await handler(door, x)
}
