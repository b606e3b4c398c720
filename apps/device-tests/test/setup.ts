import { servingPages } from '../../../packages/backends/test/browser/setup.js';

export default servingPages(new URL('../pages/', import.meta.url));
