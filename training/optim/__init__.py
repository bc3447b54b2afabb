"""What a step follows: schedules -> optimizers, triplet_loss -> compile."""
