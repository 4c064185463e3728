"""The whole homework for a network: each question answered by an experiment, as one document.

Input: a network.  Output: a `Document`.  One group of questions a module.  Imports the modules of
this folder.
"""

from symbp.experiments.report.build import QUESTIONS, answer_all, report_document

__all__ = ["QUESTIONS", "answer_all", "report_document"]
