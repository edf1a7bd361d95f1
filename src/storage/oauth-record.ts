// One record of the OAuth library (a client, a consent or sign-in transaction, a replay marker) in an object of its own,
// named by the record's key: what was written is what is read next, anywhere.
import { DurableObject } from 'cloudflare:workers';

export class OAuthRecord extends DurableObject {}
