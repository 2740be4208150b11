import { storedEventsSpec } from '#libs/testing/stored-events';
import { organizationManifest } from '../organization.manifest.js';

storedEventsSpec(organizationManifest.events, new URL('./stored-events/', import.meta.url));
