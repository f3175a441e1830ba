import type { Profile } from '../profile.ts'
import { mlflowDecoys } from './mlflow/decoys.ts'
import { examples } from './mlflow/examples.ts'
import { routes } from './mlflow/routes.ts'

/** MLflow 3 (tracking server and pages), as seen on the wire of 3.17. Its client waits 120 s for an answer. */
export const mlflow: Profile = {
  name: 'mlflow',
  title: 'MLflow 3',
  hold: 25_000,
  routes,
  examples,
  decoys: mlflowDecoys,
}
