// The yardstick (= 1.0): a Worker that passes a request on to the upstream and its answer back, and does nothing else.
interface Env {
  readonly UPSTREAM_URL: string;
}

export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    return fetch(env.UPSTREAM_URL + pathname + search, request);
  },
} satisfies ExportedHandler<Env>;
