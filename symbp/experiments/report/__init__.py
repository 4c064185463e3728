"""The whole homework for a network: each question answered by an experiment, as one document.

Input: a network.  Output: a `Document`.  One group of questions a module.  Imports the modules of
this folder.
"""

from symbp.experiments.report.build import QUESTIONS, answer_all, report_document
from symbp.experiments.report.pieces import Answer

__all__ = ["QUESTIONS", "Answer", "answer_all", "report_document"]
