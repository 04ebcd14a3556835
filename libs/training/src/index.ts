export { accuracy } from './accuracy.js';
export { adam } from './adam-step.js';
export { compileTraining, type Goal, type TrainingOptions, type TrainingProgram } from './compile-training.js';
export { cosineSchedule, type CosineSchedule } from './cosine-schedule.js';
export { crossEntropy } from './cross-entropy.js';
export { errors as trainingErrors } from './errors.js';
export { heNormal, zeros, type Init, type Parameter } from './parameter.js';
export { createTrainer, type Beside, type StepResult, type Trainer, type TrainerOptions } from './trainer.js';
export * from './generator/index.js';
