import { ADMISSION } from './control-admission.ts';
import { CONTROLLERS } from './control-controllers.ts';
import { JOBS } from './control-jobs.ts';

export const CONTROL = { ...ADMISSION, ...CONTROLLERS, ...JOBS };
