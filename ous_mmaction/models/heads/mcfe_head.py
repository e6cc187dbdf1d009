from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from torch import Tensor, nn

from ...checks import one_of
from ..class_order import ClassOrder
from ..layers.masked_mean import masked_mean
from ..layers.ous import MCFE
from ..layers.prompt_learner import PromptLearner
from ..layers.scaled_cosine import scaled_cosine
from ..structures import FaceSceneFeatures, features_of_tokens, frame_tokens

TOKENS = ('face', 'scene', 'polarity')


@MODELS.register_module()
class MCFEHead(ClassOrder, BaseHead):
    """Fusion, prompts, losses and prediction of OUS.

    In :class:`OUSRecognizer` it reads V_pol, V_st and V_ft. In mmaction's ``Recognizer2D`` and
    ``Recognizer3D`` it reads the feature map of any backbone, one token per frame.

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        clip_model (dict): The CLIP model whose text tower reads the prompts, see
            :func:`load_clip_model`.
        num_classes (int, optional): Number of classes, which is checked against ``class_names``.
        in_channels (int, optional): Width of the incoming tokens. If it differs from CLIP's
            embedding width, the tokens of a feature map are projected to the latter. Defaults to
            that width.
        mcfe (dict, optional): Arguments of :class:`MCFE`. None replaces it by the mean of the
            tokens (paper Table 3).
        face_tokens (str): V_ft enters as ``frames`` or ``pooled``. Defaults to ``frames``.
        tokens (Sequence[str]): The tokens that enter the fusion: ``face`` (V_ft), ``scene`` (V_st)
            and ``polarity`` (V_pol), as far as the neck gives them. Defaults to all.
        face_values (str): Value of a face token in the attention: ``face``, the token itself, so
            that every token is both key and value, or ``scene``, V_st, the paper's "facial features
            and scene features as the Key and Value respectively". There is one V_st per clip, so
            the face then decides only how much of the scene is read, against V_pol and the output
            of the previous block, which stay both key and value. V_st is no key of its own then.
            Defaults to ``face``.
        num_prompt_tokens (int): M. Defaults to 64, the paper's best.
        prompt_names (Sequence[str], optional): Name of each class in its prompt, in class order.
            Defaults to ``class_names``.
        prompt_suffix (str): Text after that name. Defaults to none.
        temperature (float, optional): tau of the contrastive loss. Defaults to CLIP's own.
        loss_cls (dict): Config of L_contrast.
        loss_similarity (dict, optional): Config of L_similarity.
        loss_polarity (dict, optional): Config of L_polarity. ``class_names`` is filled in.
        average_clips (str): How mmaction averages the clips of a video. Defaults to ``prob``.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.

    Attributes:
        auxiliary (Tensor): Buffer of shape (), 1 while the similarity and polarity losses count
            (eq. 4), else 0. :class:`AlphaLossSwitchHook` writes it.
        contrast_ema (Tensor): Buffer of shape (), the smoothed contrastive loss, infinite before
            the first iteration. :class:`AlphaLossSwitchHook` writes it.

    Raises:
        ValueError: If a key is out of its range, or if the names do not agree in number.
    """

    def __init__(self, *, class_names: Sequence[str], clip_model: dict,
                 num_classes: int | None = None, in_channels: int | None = None,
                 mcfe: dict | None = dict(), face_tokens: str = 'frames',
                 tokens: Sequence[str] = TOKENS, face_values: str = 'face',
                 num_prompt_tokens: int = 64,
                 prompt_names: Sequence[str] | None = None, prompt_suffix: str = '',
                 temperature: float | None = None,
                 loss_cls: dict = dict(type='PromptContrastiveLoss'),
                 loss_similarity: dict | None = None, loss_polarity: dict | None = None,
                 average_clips: str = 'prob', init_cfg: dict | None = None) -> None:
        class_names = list(class_names)
        prompt_names = list(prompt_names or class_names)
        if num_classes not in (None, len(class_names)):
            raise ValueError(f'The key `num_classes` is {num_classes}, but `class_names` has '
                             f'{len(class_names)} names ({", ".join(class_names)}). Make them '
                             'agree, or leave out `num_classes`')
        if len(prompt_names) != len(class_names):
            raise ValueError(f'The key `prompt_names` has {len(prompt_names)} names, but '
                             f'`class_names` has {len(class_names)}. Name every class once, in '
                             'class order')
        one_of('MCFEHead.face_tokens', face_tokens, ('frames', 'pooled'))
        for token in tokens:
            one_of('MCFEHead.tokens', token, TOKENS)
        if not {'face', 'scene'} & set(tokens):
            raise ValueError('The key `MCFEHead.tokens` must hold face or scene, but got '
                             f'{list(tokens)}')
        one_of('MCFEHead.face_values', face_values, ('face', 'scene'))
        if face_values == 'scene':
            _check_scene_values(tokens, mcfe)
        prompts = PromptLearner(clip_model=clip_model, class_names=prompt_names,
                                num_tokens=num_prompt_tokens, suffix=prompt_suffix)
        channels = prompts.clip_model.embed_dims
        super().__init__(len(class_names), in_channels or channels, loss_cls=loss_cls,
                         average_clips=average_clips, init_cfg=init_cfg)
        self.keep_class_order(class_names, prompt_names)
        self.channels = channels
        self.face_tokens = face_tokens
        self.tokens = tuple(tokens)
        self.face_values = face_values
        self.prompts = prompts
        self.project = (nn.Identity() if self.in_channels == channels
                        else nn.Linear(self.in_channels, channels))
        self.mcfe = None if mcfe is None else MCFE(channels=channels, **mcfe)
        self.loss_similarity = loss_similarity and MODELS.build(loss_similarity)
        self.loss_polarity = loss_polarity and MODELS.build(
            dict(loss_polarity, class_names=class_names))
        self.temperature = temperature
        self.register_buffer('auxiliary', torch.ones(()))
        self.register_buffer('contrast_ema', torch.full((), float('inf')))

    @property
    def logit_scale(self) -> Tensor:
        """1 / tau, of shape ()."""
        if self.temperature is None:
            return self.prompts.clip_model.logit_scale.float()
        return self.auxiliary.new_tensor(1 / self.temperature)

    def read(self, feats: FaceSceneFeatures | Tensor | Sequence[Tensor],
             num_segs: int | None = None) -> FaceSceneFeatures:
        """Turn the output of a neck, a 2D backbone or a 3D backbone into one structure.

        Args:
            feats (FaceSceneFeatures | Tensor | Sequence[Tensor]): Features of the neck, or of a
                backbone, see :func:`frame_tokens`.
            num_segs (int, optional): T of a 2D feature map.

        Returns:
            FaceSceneFeatures: Features whose tokens have CLIP's embedding width.

        Raises:
            ValueError: If the widths do not match, or if there are several feature maps.
        """
        if isinstance(feats, FaceSceneFeatures):
            self._check_width(feats.tokens, self.channels)
            return feats
        tokens = frame_tokens(feats, num_segs)
        self._check_width(tokens, self.in_channels)
        return features_of_tokens(self.project(tokens))

    def _check_width(self, tokens: Tensor, expected: int) -> None:
        if tokens.shape[-1] != expected:
            raise ValueError(f'The head expects tokens of {expected} channels, but gets '
                             f'{tokens.shape[-1]}. Set the key `cls_head.in_channels`, or '
                             '`neck.channels`')

    def fuse(self, features: FaceSceneFeatures) -> Tensor:
        """Fuse [V_ft; V_st; V_pol], in the order of the released code.

        Args:
            features (FaceSceneFeatures): Features from :meth:`read`.

        Returns:
            Tensor: Fused features of shape (B, D).

        Raises:
            ValueError: If the features hold none of the configured tokens, or no scene to read.
        """
        pooled = self.face_tokens == 'pooled'
        face = features.face[:, None] if pooled else features.tokens
        padding = features.mask.new_zeros(face.shape[0], 1) if pooled else ~features.mask
        if 'face' not in self.tokens:
            face, padding = face[:, :0], padding[:, :0]
        context = [getattr(features, name)[:, None] for name in self._context(features)]
        tokens = torch.cat([face, *context], 1)
        if not tokens.shape[1]:
            raise ValueError(f'The key `MCFEHead.tokens` is {list(self.tokens)}, but the features '
                             'have none of these tokens. Add face to the key, or use a neck that '
                             'gives them')
        padding = F.pad(padding, (0, len(context)), value=False)
        if self.mcfe is None:
            return masked_mean(tokens, ~padding)
        if self.face_values == 'face':
            return self.mcfe(tokens, padding)
        if features.scene is None:
            raise ValueError("The key `MCFEHead.face_values` is 'scene', but the features have no "
                             "scene. Set it to 'face', or use a neck that gives a scene")
        values = torch.cat([features.scene[:, None].expand_as(face), *context], 1)
        return self.mcfe(tokens, padding, values)

    def token_sources(self, features: FaceSceneFeatures) -> list[str]:
        """Return the source of each key of :meth:`fuse`: ``face``, ``scene`` or ``polarity``.

        With ``face_values='scene'``, what the attention reads at a face key is the scene.
        """
        frames = 1 if self.face_tokens == 'pooled' else features.tokens.shape[1]
        return ['face'] * frames * ('face' in self.tokens) + self._context(features)

    def _context(self, features: FaceSceneFeatures) -> list[str]:
        names = ('polarity',) if self.face_values == 'scene' else ('scene', 'polarity')
        return [name for name in names
                if name in self.tokens and getattr(features, name) is not None]

    def classify(self, fused: Tensor) -> Tensor:
        """Compare the fused features with the class prompts.

        Args:
            fused (Tensor): Fused features of shape (B, D).

        Returns:
            Tensor: Scaled cosines, float32 of shape (B, K).
        """
        return scaled_cosine(fused, self.prompts(), self.logit_scale)

    def forward(self, feats: FaceSceneFeatures | Tensor, num_segs: int | None = None,
                **kwargs) -> Tensor:
        """Compute the logits.

        Args:
            feats (FaceSceneFeatures | Tensor): Features as for :meth:`read`.
            num_segs (int, optional): T of a 2D feature map.
            kwargs: Further arguments of stock recognizers, which are ignored.

        Returns:
            Tensor: Logits of shape (B, K).
        """
        return self.classify(self.fuse(self.read(feats, num_segs)))

    def loss(self, feats: FaceSceneFeatures | Tensor, data_samples: list,
             num_segs: int | None = None, **kwargs) -> dict:
        """Compute the losses of a batch (eq. 4).

        Parameters whose only loss is switched off or left out keep a graph with weight zero, so
        that DDP finds every parameter used.

        Args:
            feats (FaceSceneFeatures | Tensor): Features as for :meth:`read`.
            data_samples (list[ActionDataSample]): Samples with ``gt_label``.
            num_segs (int, optional): T of a 2D feature map.
            kwargs: Further arguments of stock recognizers, which are ignored.

        Returns:
            dict: ``loss_contrast`` and the accuracy ``acc``. With auxiliary losses also
            ``loss_similarity`` and ``loss_polarity``, their values ``similarity`` and ``polarity``
            before the switch, and the state ``auxiliary`` of the switch. All are of shape ().
        """
        features = self.read(feats, num_segs)
        labels = torch.cat([sample.gt_label for sample in data_samples]).to(features.face.device)
        logits = self.classify(self.fuse(features))
        losses = dict(loss_contrast=self.loss_cls(logits, labels, features, self.logit_scale),
                      acc=(logits.detach().argmax(1) == labels).float().mean())
        used = [x for x in (logits, features.tokens, features.scene, features.polarity,
                            features.polarity_logits) if x is not None]
        losses['loss_contrast'] = losses['loss_contrast'] + sum(0 * x.sum() for x in used)
        auxiliary = {}
        if self.loss_similarity is not None:
            _require(features.scene, 'loss_similarity', 'the features have no scene')
            compared = features.compared or (features.face, features.scene)
            auxiliary['similarity'] = self.loss_similarity(*compared)
        if self.loss_polarity is not None:
            _require(features.polarity_logits, 'loss_polarity',
                     'the neck has no polarity encoder (key `model.neck.tap_channels`)')
            auxiliary['polarity'] = self.loss_polarity(features.polarity_logits, labels)
        if auxiliary:
            losses['auxiliary'] = self.auxiliary.clone()
        for name, value in auxiliary.items():
            losses['loss_' + name] = self.auxiliary * value
            losses[name] = value.detach()
        return losses

    def predict(self, feats: FaceSceneFeatures | Tensor, data_samples: list,
                **kwargs) -> list:
        """Write class probabilities and labels into the data samples.

        Args:
            feats (FaceSceneFeatures | Tensor): Features as for :meth:`read`.
            data_samples (list[ActionDataSample]): Samples to fill.
            kwargs: Arguments of :meth:`forward`.

        Returns:
            list[ActionDataSample]: The samples.
        """
        return self.predict_by_feat(self(feats, **kwargs), data_samples)


def _check_scene_values(tokens: Sequence[str], mcfe: dict | None) -> None:
    """Raise a ValueError if the scene cannot be the value of the face tokens."""
    where = "The key `MCFEHead.face_values` is 'scene', but "
    if mcfe is None:
        raise ValueError(where + '`MCFEHead.mcfe` is None, so that there is no attention. Set '
                         "`MCFEHead.face_values` to 'face'")
    if not {'face', 'scene'} <= set(tokens):
        raise ValueError(where + f'`MCFEHead.tokens` is {list(tokens)}. Let it hold face and scene')
    if mcfe.get('residual') == 'tokens':
        raise ValueError(where + "`MCFE.residual` is 'tokens', which adds the keys to what is read "
                         "from the values. Set `MCFE.residual` to 'none' or 'inner'")


def _require(features: Tensor | None, loss: str, reason: str) -> None:
    """Raise a ValueError if a loss is configured whose features do not exist."""
    if features is None:
        raise ValueError(f'The key `model.cls_head.{loss}` asks for a loss, but {reason}, so that '
                         f'nothing would be trained by it. Set `model.cls_head.{loss}` to None, or '
                         'give it what it needs')
