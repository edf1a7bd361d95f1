// One app on the landing page: its steps in order, and details below them.
import type { PropsWithChildren } from 'hono/jsx';
import type { Markup } from './markup';

export interface GuidesModel {
  /** The name of the connector in an app. */
  readonly name: string;
  readonly connectorUrl: string;
}

export function Guide({
  app,
  warning,
  steps,
  children,
}: PropsWithChildren<{
  readonly app: string;
  /** Why the steps can't work here, if that is so. */
  readonly warning?: Markup | false;
  readonly steps: readonly (Markup | string)[];
}>): Markup {
  return (
    <section class="tile-card" id={guideId(app)}>
      <h4>{app}</h4>
      {warning}
      <ol class="steps">
        {steps.map((step) => (
          <li>
            <span>{step}</span>
          </li>
        ))}
      </ol>
      {children}
    </section>
  );
}

/** The anchor of an app's guide. */
export function guideId(app: string): string {
  return `app-${app.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
}
