"""What a training step follows: schedules -> optimizers, triplet_loss -> phase_setup; precision is its arithmetic."""
