// One app on the landing page: its steps in order, and what belongs to them.
import type { PropsWithChildren } from 'hono/jsx';
import type { Markup } from './layout';

export function Guide({
  app,
  steps,
  children,
}: PropsWithChildren<{ readonly app: string; readonly steps: readonly (Markup | string)[] }>): Markup {
  return (
    <section class="tile-card">
      <h4>{app}</h4>
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
