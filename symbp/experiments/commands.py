"""The commands of experiments, in the order of the help.  Imports the commands."""

from symbp.experiments.compare_command import compare
from symbp.experiments.hessian_command import hessian
from symbp.experiments.landscape_command import landscape
from symbp.experiments.report_command import report
from symbp.experiments.sharpness_command import sharpness
from symbp.experiments.sweep_command import sweep
from symbp.experiments.train_command import train

COMMANDS = (train, compare, sweep, hessian, sharpness, landscape, report)
